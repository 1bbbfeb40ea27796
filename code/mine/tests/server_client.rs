//! The automated test of your own server and client, on any free port.

// ANCHOR: use
use std::{io, time::Duration};

use mine::{client::Client, server};
use tokio::time;

const DEADLINE: Duration = Duration::from_secs(10);
// ANCHOR_END: use

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
