//! fails: who_has_an_answer_is_counted
//!
//! Find the bottleneck: an echo server that is right, and slow. Its figures
//! tell why.

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
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
pub async fn talk<S>(
    mut stream: S,
    totals: Arc<Mutex<Totals>>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = vec![0; 8192];
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let mut totals = totals.lock().await;
        totals.messages += 1;
        totals.bytes += read as u64;
        drop(totals);
        stream.write_all(&buffer[..read]).await?;
        stream.flush().await?;
    }
}
