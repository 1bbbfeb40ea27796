//! No more than so many: the server serves a limited number of clients at
//! once, and lets the others wait.

use std::io;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Serves at most `most` clients at the same time. The others wait in the
/// queue until one leaves.
///
/// # Errors
///
/// When no more clients can be accepted.
pub async fn serve(listener: TcpListener, most: usize) -> io::Result<()> {
    // TODO: no more than `most` clients at once.
    let _ = most; // Remove this line.
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(echo(socket));
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
