//! Does not compile: a client cannot be used after it has been closed.

use std::io;

use echo::client::Client;

// ANCHOR: main
#[tokio::main]
async fn main() -> io::Result<()> {
    let mut client = Client::connect("localhost:8000").await?;
    client.close().await?;
    client.send(b"are you still there?").await?;
    Ok(())
}
// ANCHOR_END: main
