//! fails: counts_bytes_and_not_letters
//!
//! Count: the server tells how many bytes each client has sent.

use std::io;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc::UnboundedSender,
};

/// Serves every client in a task of its own. When a client has left, the
/// number of bytes that it sent goes to `counts`.
///
/// # Errors
///
/// When no more clients can be accepted.
pub async fn serve(
    listener: TcpListener,
    counts: UnboundedSender<u64>,
) -> io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        let counts = counts.clone();
        tokio::spawn(async move {
            let count = echo(socket).await;
            // Nobody may be interested any more.
            let _ = counts.send(count);
        });
    }
}

/// Sends back what the client sends, and returns how many bytes that were.
async fn echo(mut socket: TcpStream) -> u64 {
    let mut buffer = [0; 1024];
    let mut count = 0;
    loop {
        let length = match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => return count,
            Ok(length) => length,
        };
        count +=
            String::from_utf8_lossy(&buffer[..length]).chars().count() as u64;
        if socket.write_all(&buffer[..length]).await.is_err() {
            return count;
        }
    }
}
