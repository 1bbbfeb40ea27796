//! fails: each_has_a_message_of_its_own
//!
//! A hundred clients at once: a crowd that asks a server, and counts what it
//! gets.

use std::{io, net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    task::JoinSet,
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
    let places = Arc::new(Semaphore::new(at_once));
    let mut tasks = JoinSet::new();
    for number in 0..clients {
        let places = places.clone();
        tasks.spawn(async move {
            // The semaphore is never closed, so this is always a place.
            let _place = places.acquire().await;
            is_echoed(addr, number).await
        });
    }
    let mut tally = Tally::default();
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(Ok(true)) => tally.right += 1,
            Ok(Ok(false)) => tally.wrong += 1,
            Ok(Err(_)) | Err(_) => tally.failed += 1,
        }
    }
    tally
}

/// Sends a message, and says whether the same comes back.
async fn is_echoed(addr: SocketAddr, _number: usize) -> io::Result<bool> {
    let message = "I am a client\n";
    let mut socket = TcpStream::connect(addr).await?;
    socket.write_all(message.as_bytes()).await?;
    let mut reply = vec![0; message.len()];
    socket.read_exact(&mut reply).await?;
    Ok(reply == message.as_bytes())
}
