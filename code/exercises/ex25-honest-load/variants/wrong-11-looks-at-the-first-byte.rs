//! fails: other_bytes_are_an_error
//!
//! A load that does not lie: it sends on a schedule, whatever the server does,
//! and counts the time from when each message was due.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split},
    time::{Instant, sleep_until},
    try_join,
};

/// The size of a message, in bytes.
pub const SIZE: usize = 64;

/// What is sent, and when.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// So many messages.
    pub messages: u32,
    /// Such a time after the last one was due, the next one is. The first is
    /// due at once.
    pub every: Duration,
}

/// Sends the messages of a plan, and takes back their echoes. Returns the time
/// of each message, in their order: from when it was due until all of its echo
/// was there.
///
/// # Errors
///
/// When the connection breaks or ends early, and when something else comes
/// back: that is `InvalidData`.
pub async fn measure<S>(stream: S, plan: Plan) -> io::Result<Vec<Duration>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (reader, writer) = split(stream);
    let start = Instant::now();
    // Neither waits for the other, and both go by the same schedule.
    let sending = send(writer, plan, start);
    let ((), times) = try_join!(sending, hear(reader, plan, start))?;
    Ok(times)
}

/// When the message with this number is due.
fn due(number: u32, plan: Plan, start: Instant) -> Instant {
    start + plan.every * number
}

/// Sends each message when it is due, or as soon after that as it can.
async fn send(
    mut writer: impl AsyncWrite + Unpin,
    plan: Plan,
    start: Instant,
) -> io::Result<()> {
    for number in 0..plan.messages {
        sleep_until(due(number, plan, start)).await;
        writer.write_all(&message(number)).await?;
        writer.flush().await?;
    }
    Ok(())
}

/// Takes the echoes, and returns how long each was awaited.
async fn hear(
    mut reader: impl AsyncRead + Unpin,
    plan: Plan,
    start: Instant,
) -> io::Result<Vec<Duration>> {
    let mut times = Vec::new();
    let mut echo = [0; SIZE];
    for number in 0..plan.messages {
        reader.read_exact(&mut echo).await?;
        if echo[0] != message(number)[0] {
            let what = format!("the echo of message {number} is another one");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        times.push(due(number, plan, start).elapsed());
    }
    Ok(times)
}

/// The message with this number.
pub fn message(number: u32) -> [u8; SIZE] {
    let letter = |place| b'!' + ((number as usize * 7 + place) % 90) as u8;
    std::array::from_fn(letter)
}
