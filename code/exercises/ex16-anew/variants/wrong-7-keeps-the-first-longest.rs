//! fails: the_longest_line_changes_too
//!
//! Settings anew: they change while clients are connected.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::watch,
    time::{Instant, sleep_until},
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
    mut settings: watch::Receiver<Settings>,
) -> io::Result<End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let longest = settings.borrow().longest;
    let mut line = Vec::new();
    let mut buffer = [0; 1024];
    let mut heard = Instant::now();
    loop {
        let Settings { idle, .. } = *settings.borrow_and_update();
        let read = tokio::select! {
            read = stream.read(&mut buffer) => read,
            () = sleep_until(heard + idle) => return Ok(End::Idle),
            // If nobody is left who could change them, this branch is off.
            Ok(()) = settings.changed() => continue,
        };
        let length = read?;
        if length == 0 {
            return Ok(End::Left);
        }
        let read = &buffer[..length];
        if !hear(&mut stream, &mut line, read, longest).await? {
            return Ok(End::TooLong);
        }
        heard = Instant::now();
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
    let mut new = *settings.borrow();
    let mut keys = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |what: String| format!("line {number}: {what}");
        let key = set(&mut new, line).map_err(wrong)?;
        if keys.contains(&key) {
            return Err(wrong(format!("there is one more {key}")));
        }
        keys.push(key);
    }
    // `send` would keep the old ones if nobody listened.
    settings.send_replace(new);
    Ok(())
}

/// Changes what a line names, and returns its key.
fn set<'a>(settings: &mut Settings, line: &'a str) -> Result<&'a str, String> {
    let (key, value) = line.split_once('=').ok_or("there is no `=`")?;
    let (key, value) = (key.trim(), value.trim());
    let number = value.parse().ok().filter(|n| (1..=MOST).contains(n));
    let number = number
        .ok_or_else(|| format!("{key} must be a number from 1 to {MOST}"))?;
    match key {
        "idle" => settings.idle = Duration::from_secs(number.into()),
        "longest" => settings.longest = number as usize,
        _ => return Err(format!("there is no key {key}")),
    }
    Ok(key)
}
