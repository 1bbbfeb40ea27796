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
        // TODO: when the client has left, send the count to `counts`.
        let _ = &counts; // Remove this line.
        tokio::spawn(echo(socket));
    }
}

/// Sends back what the client sends, and returns how many bytes that were.
async fn echo(mut socket: TcpStream) -> u64 {
    let mut buffer = [0; 1024];
    // TODO: count.
    let count = 0;
    loop {
        let length = match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => return count,
            Ok(length) => length,
        };

        if socket.write_all(&buffer[..length]).await.is_err() {
            return count;
        }
    }
}
