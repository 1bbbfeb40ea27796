//! fails: sending_and_waiting_share_one_limit
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
    let mut pause = patience.pause;
    loop {
        let result = ask_once(addr, question, patience.limit).await;
        if result.is_ok() || attempt == patience.attempts {
            return result;
        }
        attempt += 1;
        sleep(pause).await;
        pause *= 2;
    }
}

async fn ask_once(
    addr: SocketAddr,
    question: &str,
    limit: Duration,
) -> io::Result<String> {
    let socket = timeout(limit, TcpStream::connect(addr)).await??;
    let mut socket = BufReader::new(socket);
    let question = format!("{question}\n");
    timeout(limit, socket.write_all(question.as_bytes())).await??;
    let mut answer = String::new();
    timeout(limit, socket.read_line(&mut answer)).await??;
    match answer.strip_suffix('\n') {
        Some(answer) => Ok(answer.to_owned()),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
