//! The echo server: whatever a client sends is sent back to it.
//!
// ANCHOR: outline
//! - [`start`] opens the listening socket. It is the one public function.
//!   - [`accept_loop`] waits for clients, one after another.
//!     - [`spawn_client`] gives a client a task of its own.
//!       - [`client_start`] is where that task begins.
//!         - [`client_loop`] reads, writes back, and reads again.
// ANCHOR_END: outline
//!
//! Run it with `cargo run --bin server`. It prints `Listening on port 8000...`
//! and then tells of every client that comes, speaks and goes. From a second
//! terminal, `nc localhost 8000` or `cargo run --bin client` talks to it.

// The outline leads to private functions, for those who read the source.
#![allow(rustdoc::private_intra_doc_links)]

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

/// The port to listen on when nobody names another.
pub const DEFAULT_PORT: u16 = 8000;

/// The most bytes that one read takes. Nothing more is read until these are
/// written back, so a client cannot make the process hold more.
pub const BUFFER_SIZE: usize = 4096;

/// How long to wait after an error of `accept`, for files or memory to become
/// free, say. Long enough that the log stays readable, short enough that a
/// person hardly notices.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// A server that listens.
///
/// Dropping this handle does not stop the server, which runs in tasks of its
/// own until the runtime ends.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    accepting: JoinHandle<io::Result<()>>,
}

impl Server {
    /// The address that clients connect to, with the port really bound.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Waits for the server to end. Only an error can bring that about, so
    /// this never returns `Ok`.
    ///
    /// # Errors
    ///
    /// The error that stopped the server from accepting clients, or the
    /// report of a panic in the task that accepts them.
    ///
    /// # Cancel safety
    ///
    /// Dropping the returned future drops the handle, and leaves the server
    /// running.
    pub async fn wait(self) -> io::Result<()> {
        self.accepting.await?
    }
}

/// Starts a server on `127.0.0.1` and returns once clients can connect.
///
/// Port 0 asks the operating system for any free port. The port really bound
/// is printed, and [`Server::addr`] has it.
///
/// There is no limit to the number of clients, to the time that one may stay
/// silent, or to the log. On a machine with users who mean harm, each of these
/// needs one.
///
/// # Errors
///
/// When the port cannot be bound: it is in use, or reserved.
///
/// # Panics
///
/// When called outside a tokio runtime.
pub async fn start(port: u16) -> io::Result<Server> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let addr = listener.local_addr()?;
    println!("Listening on port {}...", addr.port());

    let accepting = tokio::spawn(accept_loop(listener));
    Ok(Server { addr, accepting })
}

/// Accepts clients until the listening socket itself fails.
async fn accept_loop(listener: TcpListener) -> io::Result<()> {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => spawn_client(socket),
            Err(error) => pass_over(error).await?,
        }
    }
}

/// Returns when it makes sense to accept again after an error. Returns the
/// error if it never does.
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

/// Whether an error of `accept` says that the socket does not listen. Then no
/// later `accept` can fare better.
pub fn says_that_nobody_listens(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidInput
}

/// Whether an error of `accept` says that a connection broke before it was
/// accepted. It has left the queue, so the next `accept` meets the next one.
///
/// Clients can bring this about as often as they like. A pause for each would
/// let them keep the others waiting.
pub fn broke_in_the_queue(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// Serves a client in a task of its own, and does not wait for its end.
fn spawn_client(socket: TcpStream) {
    tokio::spawn(client_start(socket));
}

/// Says who has connected, then serves that client until it leaves.
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

/// Sends back whatever arrives, until the client closes or the wire breaks.
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

#[cfg(test)]
mod tests;
