//! Step 4: the server says who has come, and what they send.

// ANCHOR: use
use std::{io, net::Ipv4Addr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task,
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

async fn accept_loop(listener: TcpListener) -> io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        spawn_client(socket);
    }
}

// ANCHOR: client_start
fn spawn_client(socket: TcpStream) {
    tokio::spawn(client_start(socket));
}

async fn client_start(socket: TcpStream) -> io::Result<()> {
    let id = task::id();
    match socket.peer_addr() {
        Ok(peer) => {
            println!("Task {id}: Got connection from a client: {peer}");
        }
        Err(error) => {
            println!("Task {id}: Got connection, peer unknown: {error}");
        }
    }
    client_loop(socket).await
}
// ANCHOR_END: client_start

// ANCHOR: client_loop
async fn client_loop(mut socket: TcpStream) -> io::Result<()> {
    let id = task::id();
    let mut buffer = [0; BUFFER_SIZE];
    loop {
        let length = socket.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        let packet = &buffer[..length];
        println!("Task {id}: Got packet {}", packet.escape_ascii());

        socket.write_all(packet).await?;
    }
}
// ANCHOR_END: client_loop
