//! fails: the_next_one_waits_in_the_queue
//!
//! No more than so many: the server serves a limited number of clients at
//! once, and lets the others wait.

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// Serves at most `most` clients at the same time. The others wait in the
/// queue until one leaves.
///
/// # Errors
///
/// When no more clients can be accepted.
pub async fn serve(listener: TcpListener, most: usize) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(most));
    loop {
        let (socket, _) = listener.accept().await?;
        let places = places.clone();
        tokio::spawn(async move {
            // The semaphore is never closed, so this is always a place.
            let _place = places.acquire().await;
            echo(socket).await
        });
    }
}

/// Sends back what the client sends.
async fn echo(mut socket: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let length = socket.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        socket.write_all(&buffer[..length]).await?;
    }
}
