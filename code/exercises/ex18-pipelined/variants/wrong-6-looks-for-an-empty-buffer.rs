//! fails: half_a_request_holds_up_nobody
//!
//! Many answers in one write: a client asks many things at once, and the server
//! does not write after each.

use std::io;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::codec::{Framed, LinesCodec};

/// The longest line, in bytes.
pub const LONGEST: usize = 1024;

/// Answers each line of a client, in their order, until it says no more. All
/// that has come is answered in as few writes as possible, and nothing waits in
/// here while the client waits for it.
///
/// # Errors
///
/// When the connection breaks, or a line is too long or no text.
pub async fn talk<S>(stream: S) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let codec = LinesCodec::new_with_max_length(LONGEST);
    let mut wire = Framed::new(stream, codec);
    while let Some(request) = wire.next().await {
        let request = request.map_err(io::Error::other)?;
        let writing = wire.feed(answer(&request));
        writing.await.map_err(io::Error::other)?;
        if wire.read_buffer().is_empty() {
            // Nothing more has come, so the client may wait for us.
            flush(&mut wire).await?;
        }
    }
    flush(&mut wire).await
}

/// The answer to a request.
pub fn answer(request: &str) -> String {
    request.to_uppercase()
}

/// Writes all answers that wait in here.
async fn flush<S>(wire: &mut Framed<S, LinesCodec>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let flushing = SinkExt::<String>::flush(wire);
    flushing.await.map_err(io::Error::other)
}
