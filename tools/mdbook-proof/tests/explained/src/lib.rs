//! Copies bytes, and lines.

use std::{
    io::{self, ErrorKind, Read, Write},
    thread,
    time::Duration,
};

// ANCHOR: limits
/// The most bytes of a piece.
pub const LONGEST: usize = 100;

/// How long to wait after an error.
const PAUSE: Duration = Duration::from_millis(20);
// ANCHOR_END: limits

// Below stands what the second page shows.

// ANCHOR: ended
/// How a copy has ended.
#[derive(Debug, PartialEq)]
pub enum Ended {
    /// There was no more.
    AtTheEnd,
    /// There was more than was allowed.
    TooLong,
}
// ANCHOR_END: ended

// ANCHOR: copy
/// Copies all that comes.
pub fn copy(mut from: impl Read, mut to: impl Write) -> io::Result<usize> {
    let mut buffer = [0; LONGEST];
    let mut copied = 0;
    loop {
        let length = match from.read(&mut buffer) {
            Ok(0) => return Ok(copied),
            Ok(length) => length,
            // A signal came; it may go on.
            Err(error) if error.kind() == ErrorKind::Interrupted => 0,
            Err(error) => return Err(error),
        };
        to.write_all(&buffer[..length])?;
        copied += length;
    }
}
// ANCHOR_END: copy

// ANCHOR: lines
/// Copies the first `most` bytes.
pub fn copy_some(
    from: impl Read,
    to: impl Write,
    most: u64,
) -> io::Result<Ended> {
    let copied = copy(from.take(most + 1), to)?;
    if copied as u64 > most {
        thread::sleep(PAUSE);
        return Ok(Ended::TooLong);
    }
    Ok(Ended::AtTheEnd)
}
// ANCHOR_END: lines

/// What no page shows.
pub fn hidden(secret: u32) -> u32 {
    secret + 1
}
