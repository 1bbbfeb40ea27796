//! A client that sends and never reads:
//! `cargo run -p echo --example deaf localhost:8000`.
//!
//! It ends when the server does not want it any more.

use std::{env, io};

use tokio::{io::AsyncWriteExt, net::TcpStream};

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).ok_or(io::ErrorKind::InvalidInput)?;
    let mut socket = TcpStream::connect(address).await?;
    let lines = b"listen to me\n".repeat(1000);
    while socket.write_all(&lines).await.is_ok() {}
    println!("The server has hung up");
    Ok(())
}
