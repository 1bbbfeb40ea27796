//! Netstrings: messages that say how long they are, so that people can read
//! it.

use std::io;

use bytes::BytesMut;
use tokio_util::codec::Decoder;

/// Messages such as `5:hello,` and no longer than they may be.
#[derive(Debug)]
pub struct Netstrings {
    longest: u32,
}

impl Netstrings {
    /// Messages of at most so many bytes, without what stands around them.
    pub fn no_longer_than(longest: u32) -> Netstrings {
        Netstrings { longest }
    }
}

impl Decoder for Netstrings {
    type Item = BytesMut;
    type Error = io::Error;

    /// Takes the next message out of the buffer, if it is whole.
    ///
    /// # Errors
    ///
    /// Of the kind `InvalidData`, as soon as what has come is no netstring, or
    /// one that is too long.
    fn decode(
        &mut self,
        buffer: &mut BytesMut,
    ) -> io::Result<Option<BytesMut>> {
        // TODO: take one message, and only if it is whole.
        let _ = self.longest; // Remove this line.
        match buffer.is_empty() {
            true => Ok(None),
            false => Ok(Some(buffer.split())),
        }
    }
}
