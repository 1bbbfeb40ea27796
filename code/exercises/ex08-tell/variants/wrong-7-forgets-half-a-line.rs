//! fails: a_line_may_come_in_pieces
//!
//! Tell everyone: what one client says, all the others hear.

use std::io;

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::broadcast::{self, error::RecvError},
};

/// A line, and the number of the client that said it.
type Line = (usize, String);

/// How many lines are kept for a client that is slow to listen. It misses
/// older ones.
const KEPT: usize = 64;

/// Serves every client in a task of its own, and numbers them.
///
/// # Errors
///
/// When no more clients can be accepted.
pub async fn serve(listener: TcpListener) -> io::Result<()> {
    let (lines, _) = broadcast::channel(KEPT);
    let mut number = 0;
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(talk(socket, number, lines.clone()));
        number += 1;
    }
}

/// Passes on what this client says, and lets it hear what the others say. It
/// is told `welcome` when it can hear them.
async fn talk(
    mut socket: TcpStream,
    number: usize,
    lines: broadcast::Sender<Line>,
) -> io::Result<()> {
    let mut news = lines.subscribe();
    let (from_client, mut to_client) = socket.split();
    to_client.write_all(b"welcome\n").await?;

    let mut from_client = BufReader::new(from_client);
    loop {
        let mut line = String::new();
        tokio::select! {
            length = from_client.read_line(&mut line) => {
                if length? == 0 {
                    return Ok(());
                }
                // It is an error only that nobody hears it.
                let _ = lines.send((number, line));
            }
            told = news.recv() => match told {
                Ok((speaker, _)) if speaker == number => {}
                Ok((_, line)) => to_client.write_all(line.as_bytes()).await?,
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    }
}
