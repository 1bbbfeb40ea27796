//! So many bytes a second: who sends more is read no faster.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Sends back what the client sends, until it leaves. The client may send
/// `rate` bytes a second on average, and `burst` at once after a rest. Both are
/// at least 1. Of a client that sends more, no more is read.
///
/// # Errors
///
/// When the connection breaks.
pub async fn talk<S>(mut stream: S, rate: u32, burst: u32) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = [0; 1024];
    loop {
        // TODO: read no more than the client may send.
        let _ = (rate, burst); // Remove this line.
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..length]).await?;
    }
}
