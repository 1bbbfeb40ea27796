//! Idle clients must go: who does nothing for too long is sent away.

use std::{io, time::Duration};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How a conversation has ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// The client has left.
    Left,
    /// The client has done nothing for too long.
    Idle,
}

/// Sends back what the client sends, until it leaves, or neither sends nor
/// takes anything for as long as `limit`.
///
/// A client that is sent away is told so with the line `idle`, if it takes
/// that.
///
/// # Errors
///
/// When the connection breaks.
pub async fn talk<S>(mut stream: S, limit: Duration) -> io::Result<End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = [0; 1024];
    loop {
        // TODO: who does nothing for `limit` must go.
        let _ = limit; // Remove this line.
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(End::Left);
        }
        stream.write_all(&buffer[..length]).await?;
    }
}
