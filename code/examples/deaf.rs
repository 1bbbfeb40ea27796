//! A client that sends and never reads:
//! `cargo run -p echo --example deaf localhost:8000`.
//!
//! It says when its answers have filled all that is between it and the server,
//! and it ends when the server does not want it any more.

use std::{env, io, time::Duration};

use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};

/// When the server has taken nothing for so long, it waits for us to read.
const PATIENCE: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).ok_or(io::ErrorKind::InvalidInput)?;
    let mut socket = TcpStream::connect(address).await?;
    let lines = b"listen to me\n".repeat(1000);
    while let Ok(sent) = timeout(PATIENCE, socket.write_all(&lines)).await {
        sent?;
    }
    println!("The server takes no more");
    // How much of the last lines was sent is not known, and nobody asks.
    while socket.write_all(&lines).await.is_ok() {}
    println!("The server has hung up");
    Ok(())
}
