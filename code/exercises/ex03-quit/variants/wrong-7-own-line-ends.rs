//! fails: a_line_keeps_its_end
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
async fn talk(mut socket: TcpStream) -> io::Result<()> {
    let (from_client, mut to_client) = socket.split();
    let mut lines = BufReader::new(from_client).lines();
    while let Some(line) = lines.next_line().await? {
        if line == "quit" {
            return to_client.write_all(b"bye\n").await;
        }
        to_client.write_all(format!("{line}\n").as_bytes()).await?;
    }
    Ok(())
}
