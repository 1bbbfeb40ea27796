//! fails: an_error_of_the_flush_is_passed_on
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
    while !rest.is_empty() {
        let written = writer.write(rest).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        rest = &rest[written..];
    }
    // What could go wrong now?
    let _ = writer.flush().await;
    Ok(())
}
