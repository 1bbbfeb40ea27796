//! The automated test: server and client in one program, on any free port.

use std::{io, time::Duration};

use echo::{client::Client, server};
use tokio::time;

// ANCHOR: test
#[tokio::test]
async fn every_message_comes_back() -> io::Result<()> {
    let server = server::start(0).await?;
    let mut client = Client::connect(server.addr()).await?;

    let messages = ["Hello, server".as_bytes(), b"?", b"\xff\0\n"];
    for message in messages {
        let reply = time::timeout(DEADLINE, client.send(message)).await??;
        assert_eq!(reply, message);
    }
    client.close().await
}
// ANCHOR_END: test

// ANCHOR: deadline
/// No reply takes this long. A test that waits longer has found a fault.
const DEADLINE: Duration = Duration::from_secs(10);
// ANCHOR_END: deadline
