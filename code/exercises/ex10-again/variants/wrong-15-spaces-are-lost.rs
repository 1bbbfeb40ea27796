//! fails: only_the_line_feed_is_taken_off
//!
//! A client that tries again: servers come and go, and a question deserves
//! more than one attempt.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::{sleep, timeout},
};

/// How often and how long to try.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How many attempts there are, at least one.
    pub attempts: u32,
    /// How long an attempt may take, from connecting to the whole answer.
    pub limit: Duration,
    /// How long to wait after the first attempt. Each later pause is twice as
    /// long as the one before it.
    pub pause: Duration,
}

/// Sends the line `question`, and returns the line that is the answer, without
/// its end. Every attempt is a connection of its own.
///
/// # Errors
///
/// The error of the last attempt, when none has brought a whole line.
pub async fn ask(
    addr: SocketAddr,
    question: &str,
    patience: Patience,
) -> io::Result<String> {
    let mut attempt = 1;
    loop {
        let trying = ask_once(addr, question);
        let result = match timeout(patience.limit, trying).await {
            Ok(result) => result,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        if result.is_ok() || attempt == patience.attempts {
            return result;
        }
        attempt += 1;
        sleep(patience.pause).await;
    }
}

async fn ask_once(addr: SocketAddr, question: &str) -> io::Result<String> {
    let mut socket = BufReader::new(TcpStream::connect(addr).await?);
    socket.write_all(format!("{question}\n").as_bytes()).await?;
    let mut answer = String::new();
    socket.read_line(&mut answer).await?;
    match answer.strip_suffix('\n') {
        Some(answer) => Ok(answer.trim().to_owned()),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
