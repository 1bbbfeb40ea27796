//! Step 1: the server listens, and accepts whoever comes.

// ANCHOR: use
use std::{io, net::Ipv4Addr};

use tokio::net::TcpListener;
// ANCHOR_END: use

// ANCHOR: main
#[tokio::main]
async fn main() -> io::Result<()> {
    start(8000).await
}
// ANCHOR_END: main

// ANCHOR: start
async fn start(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("Listening on port {port}...");
    accept_loop(listener).await
}
// ANCHOR_END: start

// ANCHOR: accept_loop
async fn accept_loop(listener: TcpListener) -> io::Result<()> {
    loop {
        let (_socket, peer) = listener.accept().await?;
        println!("Got connection from a client: {peer}");
    }
}
// ANCHOR_END: accept_loop
