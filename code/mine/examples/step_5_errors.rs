//! Step 5: an error of one client is told, and ends that client's task only.

use std::{io, net::Ipv4Addr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task,
};

const BUFFER_SIZE: usize = 4096;

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

fn spawn_client(socket: TcpStream) {
    tokio::spawn(client_start(socket));
}

// ANCHOR: client_start
async fn client_start(socket: TcpStream) {
    // ANCHOR_END: client_start
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

// ANCHOR: client_loop
async fn client_loop(mut socket: TcpStream) {
    let id = task::id();
    let mut buffer = [0; BUFFER_SIZE];
    loop {
        let packet = match socket.read(&mut buffer).await {
            Ok(0) => {
                println!("Task {id}: Connection closed");
                return;
            }
            Ok(length) => &buffer[..length],
            Err(error) => {
                println!("Task {id}: Error receiving a packet: {error}");
                return;
            }
        };
        println!("Task {id}: Got packet {}", packet.escape_ascii());

        if let Err(error) = socket.write_all(packet).await {
            println!("Task {id}: Error sending a packet: {error}");
            return;
        }
    }
}
// ANCHOR_END: client_loop
