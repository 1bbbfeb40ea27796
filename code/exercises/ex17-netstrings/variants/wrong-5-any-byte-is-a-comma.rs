//! fails: without_its_comma_it_is_an_error
//!
//! Netstrings: messages that say how long they are, so that people can read
//! it.

use std::io;

use bytes::{Buf, BytesMut};
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
        let Some((start, length)) = self.head(buffer)? else {
            return Ok(None);
        };
        if buffer.len() <= start + length {
            return Ok(None);
        }
        let mut message = buffer.split_to(start + length + 1);
        message.advance(start);
        message.truncate(length);
        Ok(Some(message))
    }
}

impl Netstrings {
    /// Where the message starts, and how long it is. `None` if that is not
    /// known yet.
    fn head(&self, buffer: &[u8]) -> io::Result<Option<(usize, usize)>> {
        let mut length = 0;
        for (at, byte) in buffer.iter().enumerate() {
            match byte {
                b':' if at > 0 => return Ok(Some((at + 1, length as usize))),
                // Behind a zero at the start comes no other digit.
                b'0'..=b'9' if at == 0 || length > 0 => {
                    length = length * 10 + u64::from(byte - b'0');
                    if length > u64::from(self.longest) {
                        return Err(bad("the message is too long"));
                    }
                }
                _ => return Err(bad("there is no length at the start")),
            }
        }
        Ok(None)
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
