//! Step 2: the server echoes, for one client after another.

// ANCHOR: use
use std::{io, net::Ipv4Addr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const BUFFER_SIZE: usize = 4096;
// ANCHOR_END: use

#[tokio::main]
async fn main() -> io::Result<()> {
    start(8000).await
}

async fn start(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("Listening on port {port}...");
    accept_loop(listener).await
}

// ANCHOR: accept_loop
async fn accept_loop(listener: TcpListener) -> io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        client_loop(socket).await?;
    }
}
// ANCHOR_END: accept_loop

// ANCHOR: client_loop
async fn client_loop(mut socket: TcpStream) -> io::Result<()> {
    let mut buffer = [0; BUFFER_SIZE];
    loop {
        let length = socket.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        socket.write_all(&buffer[..length]).await?;
    }
}
// ANCHOR_END: client_loop
