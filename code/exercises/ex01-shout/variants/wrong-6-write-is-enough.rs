//! fails: shouts_everything_to_a_client_that_reads_late
//!
//! Shout back: what a client sends comes back in capitals.

use std::io;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Serves every client in a task of its own.
///
/// # Errors
///
/// When no more clients can be accepted.
pub async fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(shout(socket));
    }
}

/// Sends back what the client sends, with the letters a to z as capitals.
async fn shout(mut socket: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let length = socket.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        buffer[..length].make_ascii_uppercase();
        // A part may be all that it takes.
        let _ = socket.write(&buffer[..length]).await?;
    }
}
