//! fails: answers_are_not_hoarded
//!
//! Many answers in one write: a client asks many things at once, and the server
//! does not write after each.

use std::io;

use futures_util::{FutureExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
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
    let mut answers = String::new();
    loop {
        let request = match wire.next().now_or_never() {
            Some(request) => request,
            None => {
                // Nothing more has come, so the client may wait for us.
                write(&mut wire, &mut answers).await?;
                wire.next().await
            }
        };
        let Some(request) = request else {
            return write(&mut wire, &mut answers).await;
        };
        let request = request.map_err(io::Error::other)?;
        answers += &answer(&request);
        answers += "\n";
    }
}

/// The answer to a request.
pub fn answer(request: &str) -> String {
    request.to_uppercase()
}

/// Writes all answers that wait in here.
async fn write<S>(
    wire: &mut Framed<S, LinesCodec>,
    answers: &mut String,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let stream = wire.get_mut();
    stream.write_all(answers.as_bytes()).await?;
    answers.clear();
    stream.flush().await
}
