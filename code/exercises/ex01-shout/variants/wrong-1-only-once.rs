//! fails: shouts_every_time
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
    {
        let length = socket.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        buffer[..length].make_ascii_uppercase();
        socket.write_all(&buffer[..length]).await
    }
}
