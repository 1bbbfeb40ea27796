//! fails: echoes_are_taken_while_nothing_can_be_sent
//!
//! A load that does not lie: it sends on a schedule, whatever the server does,
//! and counts the time from when each message was due.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split},
    select,
    time::{Instant, sleep_until},
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
    let (mut reader, mut writer) = split(stream);
    let start = Instant::now();
    let (mut next, mut times, mut echo) = (0, Vec::new(), Vec::new());
    while times.len() < plan.messages as usize {
        let sending = async {
            sleep_until(start + plan.every * next).await;
            writer.write_all(&message(next)).await
        };
        select! {
            sent = sending, if next < plan.messages => {
                sent?;
                next += 1;
            }
            read = reader.read_buf(&mut echo) => {
                if read? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                hear(&mut echo, &mut times, plan, start)?;
            }
        }
    }
    Ok(times)
}

/// Takes the whole echoes, and notes how long each was awaited.
fn hear(
    echo: &mut Vec<u8>,
    times: &mut Vec<Duration>,
    plan: Plan,
    start: Instant,
) -> io::Result<()> {
    while echo.len() >= SIZE {
        let number = times.len() as u32;
        if echo[..SIZE] != message(number) {
            let what = format!("the echo of message {number} is another one");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        echo.drain(..SIZE);
        times.push((start + plan.every * number).elapsed());
    }
    Ok(())
}

/// The message with this number.
pub fn message(number: u32) -> [u8; SIZE] {
    let letter = |place| b'!' + ((number as usize * 7 + place) % 90) as u8;
    std::array::from_fn(letter)
}
