//! The server as a module: `start` returns a handle to what it has started.

// ANCHOR: use
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{self, JoinHandle},
    time,
};
// ANCHOR_END: use

// ANCHOR: constants
pub const DEFAULT_PORT: u16 = 8000;

const BUFFER_SIZE: usize = 4096;

const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
// ANCHOR_END: constants

// ANCHOR: server
pub struct Server {
    addr: SocketAddr,
    accepting: JoinHandle<io::Result<()>>,
}

impl Server {
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub async fn wait(self) -> io::Result<()> {
        self.accepting.await?
    }
}
// ANCHOR_END: server

// ANCHOR: start
pub async fn start(port: u16) -> io::Result<Server> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let addr = listener.local_addr()?;
    println!("Listening on port {}...", addr.port());

    let accepting = tokio::spawn(accept_loop(listener));
    Ok(Server { addr, accepting })
}
// ANCHOR_END: start

async fn accept_loop(listener: TcpListener) -> io::Result<()> {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => spawn_client(socket),
            Err(error) => pass_over(error).await?,
        }
    }
}

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

fn says_that_nobody_listens(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidInput
}

fn broke_in_the_queue(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

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
