//! A hundred clients at once: a crowd that asks a server, and counts what it
//! gets.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What has become of the clients.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many got back what they sent.
    pub right: usize,
    /// How many got something else.
    pub wrong: usize,
    /// How many had an error.
    pub failed: usize,
}

/// Lets `clients` clients ask the echo server at `addr`, each with a message
/// of its own. As many as `at_once` are connected at the same time, and never
/// more.
pub async fn crowd(addr: SocketAddr, clients: usize, at_once: usize) -> Tally {
    // TODO: this is one after another, and it believes every answer.
    let _ = at_once; // Remove this line.
    let mut tally = Tally::default();
    for number in 0..clients {
        if is_echoed(addr, number).await.is_ok() {
            tally.right += 1;
        }
    }
    tally
}

/// Sends a message, and says whether the same comes back.
async fn is_echoed(addr: SocketAddr, number: usize) -> io::Result<bool> {
    let message = format!("I am client {number}\n");
    let mut socket = TcpStream::connect(addr).await?;
    socket.write_all(message.as_bytes()).await?;
    let mut reply = vec![0; message.len()];
    socket.read_exact(&mut reply).await?;
    Ok(reply == message.as_bytes())
}
