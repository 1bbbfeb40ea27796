//! fails: who_takes_a_little_now_and_then_may_stay
//!
//! Idle clients must go: who does nothing for too long is sent away.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

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
        let Ok(read) = timeout(limit, stream.read(&mut buffer)).await else {
            // The client may not take this either.
            let telling = stream.write_all(b"idle\n");
            let _ = timeout(limit, telling).await;
            return Ok(End::Idle);
        };
        let length = read?;
        if length == 0 {
            return Ok(End::Left);
        }
        let writing = stream.write_all(&buffer[..length]);
        let Ok(written) = timeout(limit, writing).await else {
            return Ok(End::Idle);
        };
        written?;
    }
}
