//! A client that can be recompiled while it is connected.
//!
//! At a terminal, `cargo run --bin client` takes the line `:reload` for
//! itself. It has cargo build the program anew, and becomes the new program,
//! with the same connection.

use std::io;

use bytes::BytesMut;
use tokio::{
    io::{
        AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt,
    },
    net::tcp::WriteHalf,
};

use crate::{
    client::{Client, server_has_gone},
    server::BUFFER_SIZE,
};

#[cfg(unix)]
mod unix;

#[cfg(unix)]
pub use self::unix::{reload, resume};

/// The line that is for the client, and not for the server.
pub const RELOAD: &str = ":reload";

/// Why a conversation has paused or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The server has closed the connection.
    Closed,
    /// Somebody has typed [`RELOAD`].
    Reload,
}

/// Sends lines from `input`, and writes what the server sends to `output`,
/// until the server closes the connection or a line is [`RELOAD`].
///
/// At the end of `input` the sending half of the connection is closed.
///
/// # Errors
///
/// An error of `input`, `output` or the connection.
///
/// # Cancel safety
///
/// Not cancel safe: a line that was read may not have been sent.
// ANCHOR: talk
pub async fn talk(
    client: &mut Client,
    mut input: impl AsyncBufRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
) -> io::Result<Ended> {
    let (mut from, mut to) = client.socket.split();
    let mut reply = [0; BUFFER_SIZE];
    let (mut line, mut unsent, mut more) = (Vec::new(), BytesMut::new(), true);
    loop {
        let idle = unsent.is_empty();
        tokio::select! {
            read = from.read(&mut reply) => match read? {
                0 => return Ok(Ended::Closed),
                n => print(&mut output, &reply[..n]).await?,
            },
            sent = send(&mut to, &mut unsent), if !idle => more = sent?,
            read = input.read_until(b'\n', &mut line), if idle && more =>
                match read? {
                    0 if line.is_empty() => more = finish(&mut to).await?,
                    _ if is_reload(&line) => return Ok(Ended::Reload),
                    _ => unsent.extend(line.drain(..)),
                },
        }
    }
}
// ANCHOR_END: talk

fn is_reload(line: &[u8]) -> bool {
    line.trim_ascii_end() == RELOAD.as_bytes()
}

async fn print(
    output: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
) -> io::Result<()> {
    output.write_all(bytes).await?;
    output.flush().await
}

/// Sends a part of what is unsent. Returns whether more can be sent.
async fn send(
    server: &mut WriteHalf<'_>,
    unsent: &mut BytesMut,
) -> io::Result<bool> {
    match server.write_buf(unsent).await {
        Err(error) if server_has_gone(&error) => {
            unsent.clear();
            Ok(false)
        }
        sent => sent.map(|_| true),
    }
}

/// Tells the server that no more will come, and returns that.
async fn finish(server: &mut WriteHalf<'_>) -> io::Result<bool> {
    server.shutdown().await?;
    Ok(false)
}

/// Says that this cannot be done here.
///
/// # Errors
///
/// Always.
#[cfg(not(unix))]
pub async fn reload(
    _: &Client,
    _: &std::path::Path,
) -> anyhow::Result<std::convert::Infallible> {
    anyhow::bail!("Windows cannot replace the program of a process")
}

#[cfg(test)]
mod tests;
