//! fails: a_stall_is_in_the_times_of_all_that_were_due
//!
//! A load that does not lie: it sends on a schedule, whatever the server does,
//! and counts the time from when each message was due.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, interval},
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
pub async fn measure<S>(mut stream: S, plan: Plan) -> io::Result<Vec<Duration>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut times = Vec::new();
    let mut echo = [0; SIZE];
    let mut ticks = interval(plan.every);
    for number in 0..plan.messages {
        ticks.tick().await;
        let sent = Instant::now();
        stream.write_all(&message(number)).await?;
        stream.read_exact(&mut echo).await?;
        if echo != message(number) {
            return Err(other(number));
        }
        times.push(sent.elapsed());
    }
    Ok(times)
}

/// The error when something else has come back.
fn other(number: u32) -> io::Error {
    let what = format!("the echo of message {number} is another one");
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// The message with this number.
pub fn message(number: u32) -> [u8; SIZE] {
    let letter = |place| b'!' + ((number as usize * 7 + place) % 90) as u8;
    std::array::from_fn(letter)
}
