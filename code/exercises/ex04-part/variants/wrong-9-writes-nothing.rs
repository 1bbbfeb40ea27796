//! fails: nothing_to_write_is_no_error
//!
//! Writes that take only a part: what `write_all` does, done by hand.

use std::io;

use tokio::io::{AsyncWrite, AsyncWriteExt};

/// Writes all of `bytes`, and flushes.
///
/// # Errors
///
/// The first error of `writer`. [`io::ErrorKind::WriteZero`] when it takes
/// nothing any more.
pub async fn send_all<W: AsyncWrite + Unpin>(
    writer: &mut W,
    bytes: &[u8],
) -> io::Result<()> {
    let mut rest = bytes;
    loop {
        let written = writer.write(rest).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        rest = &rest[written..];
        if rest.is_empty() {
            break;
        }
    }
    writer.flush().await
}
