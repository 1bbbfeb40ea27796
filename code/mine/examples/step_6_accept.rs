//! Step 6: errors of `accept` are waited for, if waiting helps.

// ANCHOR: use
use std::{io, net::Ipv4Addr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task, time,
};

const BUFFER_SIZE: usize = 4096;

const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
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
        match listener.accept().await {
            Ok((socket, _)) => spawn_client(socket),
            Err(error) => pass_over(error).await?,
        }
    }
}
// ANCHOR_END: accept_loop

// ANCHOR: pass_over
async fn pass_over(error: io::Error) -> io::Result<()> {
    if says_that_nobody_listens(&error) {
        return Err(error);
    }
    println!("Error accepting a client: {error}");
    if !broke_in_the_queue(&error) {
        time::sleep(ACCEPT_PAUSE).await;
    }
    Ok(())
}
// ANCHOR_END: pass_over

// ANCHOR: kinds
fn says_that_nobody_listens(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidInput
}

fn broke_in_the_queue(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}
// ANCHOR_END: kinds

fn spawn_client(socket: TcpStream) {
    tokio::spawn(client_start(socket));
}

async fn client_start(socket: TcpStream) {
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
