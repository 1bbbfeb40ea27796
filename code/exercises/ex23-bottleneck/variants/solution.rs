//! Find the bottleneck: an echo server that is right, and slow. Its figures
//! tell why.

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufStream},
    sync::Mutex,
};

/// The longest message, in bytes.
pub const LONGEST: usize = u16::MAX as usize;

/// What the server has done, for all clients together.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// So many messages have been answered.
    pub messages: u64,
    /// So many bytes were in them, without their lengths.
    pub bytes: u64,
}

/// Sends each message of a client back, until the client says no more. A
/// message is its length in two bytes, the greater first, and then its bytes.
/// Who gets an answer has been counted.
///
/// # Errors
///
/// When the connection breaks, or ends within a message.
pub async fn talk<S>(stream: S, totals: Arc<Mutex<Totals>>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = BufStream::new(stream);
    let mut message = Vec::new();
    while let Some(length) = read_length(&mut stream).await? {
        message.resize(length.into(), 0);
        stream.read_exact(&mut message).await?;
        count(&totals, length).await;
        stream.write_u16(length).await?;
        stream.write_all(&message).await?;
        stream.flush().await?;
    }
    Ok(())
}

/// Holds the lock no longer than it takes to add two numbers.
async fn count(totals: &Mutex<Totals>, length: u16) {
    let mut totals = totals.lock().await;
    totals.messages += 1;
    totals.bytes += u64::from(length);
}

/// The length of the next message, or `None` when there is no next one.
async fn read_length<S>(stream: &mut S) -> io::Result<Option<u16>>
where
    S: AsyncRead + Unpin,
{
    let mut first = [0];
    if stream.read(&mut first).await? == 0 {
        return Ok(None);
    }
    let second = stream.read_u8().await?;
    Ok(Some(u16::from_be_bytes([first[0], second])))
}
