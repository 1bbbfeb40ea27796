//! fails: listens_to_nobody_after_bye
//!
//! A quit command: a client says `quit` on a line of its own, and is let go.

use std::io;

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
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
        tokio::spawn(talk(socket));
    }
}

/// Sends back the client's lines, until one of them is `quit`.
async fn talk(socket: TcpStream) -> io::Result<()> {
    let mut socket = BufReader::new(socket);
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        if line.trim_end_matches(['\r', '\n']) == "quit" {
            socket.write_all(b"bye\n").await?;
            socket.shutdown().await?;
            continue;
        }
        socket.write_all(line.as_bytes()).await?;
    }
}
