//! One bad client: a panic stays at home, and somebody is told of it.

use std::io;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc::UnboundedSender,
};

/// What is done with a packet. It may panic.
pub type Work = fn(&[u8]) -> Vec<u8>;

/// How the task of a client has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The client has left, or broken off.
    Left,
    /// The task has panicked.
    Panicked,
}

/// Serves every client in a task of its own. When a task has ended, `ends` is
/// told how.
///
/// # Errors
///
/// When no more clients can be accepted. A client is never the reason.
pub async fn serve(
    listener: TcpListener,
    work: Work,
    ends: UnboundedSender<End>,
) -> io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        // TODO: a client that ends must not end the server, nor hold it up.
        tokio::spawn(answer(socket, work)).await??;
        let _ = ends.send(End::Left);
    }
}

/// Answers each packet with what `work` makes of it.
async fn answer(mut socket: TcpStream, work: Work) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let length = socket.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        socket.write_all(&work(&buffer[..length])).await?;
    }
}
