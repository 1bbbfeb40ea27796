//! Where a message ends.
//!
//! TCP carries bytes and knows of no messages. [`Lines`] ends them by a line's
//! end, and [`frames`] says before each how long it is. [`request`] is what the
//! messages mean, and [`answer`] the conversation, whatever their framing.

use std::{error::Error, fmt, io};

use bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder, LinesCodec, LinesCodecError};

pub mod answer;
pub mod frames;
pub mod request;

/// Messages that are lines of text, and no longer than they may be.
///
/// A bad line is no error of the stream: who has sent it can be told, and the
/// next line is read as if nothing had happened. No more of a line is kept than
/// it may be long, and what one read takes.
// ANCHOR: lines
#[derive(Debug)]
pub struct Lines(LinesCodec);

impl Decoder for Lines {
    type Item = Result<String, BadLine>;
    type Error = io::Error;

    fn decode(
        &mut self,
        buffer: &mut BytesMut,
    ) -> io::Result<Option<Self::Item>> {
        sort(self.0.decode(buffer))
    }

    fn decode_eof(
        &mut self,
        buffer: &mut BytesMut,
    ) -> io::Result<Option<Self::Item>> {
        sort(self.0.decode_eof(buffer))
    }
}
// ANCHOR_END: lines

impl<T: AsRef<str>> Encoder<T> for Lines {
    type Error = io::Error;

    fn encode(&mut self, line: T, buffer: &mut BytesMut) -> io::Result<()> {
        self.0.encode(line, buffer).map_err(io::Error::other)
    }
}

impl Lines {
    /// Lines of at most so many bytes, without their end.
    pub fn no_longer_than(longest: usize) -> Lines {
        Lines(LinesCodec::new_with_max_length(longest))
    }
}

/// Tells bad lines from a stream that is broken.
// ANCHOR: sort
fn sort(
    line: Result<Option<String>, LinesCodecError>,
) -> io::Result<Option<Result<String, BadLine>>> {
    match line {
        Ok(line) => Ok(line.map(Ok)),
        Err(LinesCodecError::MaxLineLengthExceeded) => {
            Ok(Some(Err(BadLine::TooLong)))
        }
        Err(LinesCodecError::Io(error)) => match error.kind() {
            io::ErrorKind::InvalidData => Ok(Some(Err(BadLine::NotText))),
            _ => Err(error),
        },
    }
}
// ANCHOR_END: sort

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLine {
    /// It is too long.
    TooLong,
    /// It is not UTF-8.
    NotText,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadLine::TooLong => "your line is too long",
            BadLine::NotText => "your line is not UTF-8",
        })
    }
}

impl Error for BadLine {}

#[cfg(test)]
mod tests;
