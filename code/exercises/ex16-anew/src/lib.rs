//! Settings anew: they change while clients are connected.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::watch,
    time::timeout,
};

/// What can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long a client may be silent.
    pub idle: Duration,
    /// The longest line, in bytes without its end.
    pub longest: usize,
}

/// The largest number that can be set, of seconds and of bytes.
pub const MOST: u32 = 100_000;

/// How a conversation has ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// The client has left.
    Left,
    /// The client has been silent for too long.
    Idle,
    /// A line was too long.
    TooLong,
}

/// Sends back each line of the client when it is complete, until the client
/// leaves, is silent for too long, or sends a line that is too long, by the
/// settings of the moment.
///
/// # Errors
///
/// When the connection breaks.
pub async fn talk<S>(
    mut stream: S,
    settings: watch::Receiver<Settings>,
) -> io::Result<End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // TODO: heed the settings of the moment, even while the client is silent.
    let Settings { idle, longest } = *settings.borrow();
    let mut line = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let Ok(read) = timeout(idle, stream.read(&mut buffer)).await else {
            return Ok(End::Idle);
        };
        let length = read?;
        if length == 0 {
            return Ok(End::Left);
        }
        let read = &buffer[..length];
        if !hear(&mut stream, &mut line, read, longest).await? {
            return Ok(End::TooLong);
        }
    }
}

/// Adds what was read to the line, and sends the line back when it is complete.
/// Returns `false` if it is longer than `longest`.
async fn hear<S>(
    stream: &mut S,
    line: &mut Vec<u8>,
    read: &[u8],
    longest: usize,
) -> io::Result<bool>
where
    S: AsyncWrite + Unpin,
{
    for &byte in read {
        line.push(byte);
        if byte == b'\n' {
            stream.write_all(line).await?;
            line.clear();
        } else if line.len() > longest {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Puts the settings of a text into the channel. What it does not name stays as
/// it is.
///
/// # Errors
///
/// When the text makes no sense, and where. Then nothing changes.
pub fn update(
    settings: &watch::Sender<Settings>,
    text: &str,
) -> Result<(), String> {
    for line in text.lines() {
        // TODO: nonsense changes nothing, and is named.
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let Ok(number) = value.trim().parse::<u32>() else {
            continue;
        };
        settings.send_modify(|settings| match key.trim() {
            "idle" => settings.idle = Duration::from_secs(number.into()),
            "longest" => settings.longest = number as usize,
            _ => {}
        });
    }
    Ok(())
}
