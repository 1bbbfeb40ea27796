//! Messages that say before they come how long they are.

use std::{error::Error, fmt, io};

use bytes::{Buf, BufMut, BytesMut};
use tokio_util::codec::{Decoder, Encoder, LengthDelimitedCodec};

use crate::conversation::End;

/// So many bytes say how long a message is, the highest first.
pub const HEAD: usize = 4;

/// Messages of text behind their lengths, and no longer than they may be.
///
/// A message that is not text is no error of the stream, since the next one
/// begins where it ends. Behind one that is too long nobody would find it.
#[derive(Debug)]
pub struct Frames(LengthDelimitedCodec);

impl Frames {
    /// Messages of at most so many bytes, without their lengths.
    // ANCHOR: new
    pub fn no_longer_than(longest: usize) -> Frames {
        let codec = LengthDelimitedCodec::builder()
            .max_frame_length(longest)
            // The head stays in the buffer until the message is whole.
            .num_skip(0)
            .length_adjustment(HEAD as isize)
            .new_codec();
        Frames(codec)
    }
    // ANCHOR_END: new
}

// ANCHOR: decoder
impl Decoder for Frames {
    type Item = Result<String, BadFrame>;
    type Error = End;

    fn decode(
        &mut self,
        buffer: &mut BytesMut,
    ) -> Result<Option<Self::Item>, End> {
        let frame = self.0.decode(buffer).map_err(|_| BadFrame::TooLong)?;
        Ok(frame.map(text))
    }

    fn decode_eof(
        &mut self,
        buffer: &mut BytesMut,
    ) -> Result<Option<Self::Item>, End> {
        match self.decode(buffer)? {
            None if !buffer.is_empty() => Err(BadFrame::NotWhole.into()),
            message => Ok(message),
        }
    }
}
// ANCHOR_END: decoder

/// What stands behind the head.
fn text(mut frame: BytesMut) -> Result<String, BadFrame> {
    frame.advance(HEAD);
    String::from_utf8(frame.to_vec()).map_err(|_| BadFrame::NotText)
}

// ANCHOR: encoder
impl<T: AsRef<str>> Encoder<T> for Frames {
    type Error = io::Error;

    fn encode(&mut self, text: T, buffer: &mut BytesMut) -> io::Result<()> {
        let bytes = text.as_ref().as_bytes();
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        buffer.put_u32(length);
        buffer.put_slice(bytes);
        Ok(())
    }
}
// ANCHOR_END: encoder

/// What is wrong with a message behind its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadFrame {
    /// It is too long.
    TooLong,
    /// The stream has ended within it.
    NotWhole,
    /// It is not UTF-8.
    NotText,
}

impl fmt::Display for BadFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadFrame::TooLong => "your message is too long",
            BadFrame::NotWhole => "your message is not whole",
            BadFrame::NotText => "your message is not UTF-8",
        })
    }
}

impl Error for BadFrame {}

impl From<BadFrame> for End {
    fn from(what: BadFrame) -> End {
        End::BadFrame(what)
    }
}
