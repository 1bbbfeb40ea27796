//! The conversation with one client: its lines come back, and whoever keeps
//! the server waiting is let go.

use std::{fmt, io, time::Duration};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy, sink},
    time::{Instant, timeout, timeout_at},
};

use crate::{limits::Limits, messages::frames::BadFrame, server::BUFFER_SIZE};

/// How long a client has to take our last word and to close its side.
const LINGER: Duration = Duration::from_secs(1);

/// Sends back each line of a client when it is complete, until the client
/// says no more. A last line may lack its end.
///
/// # Errors
///
/// Why the client has to go, or what broke the connection.
// ANCHOR: echo
pub async fn echo<S>(stream: &mut S, limits: &Limits) -> Result<(), End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut lines = Lines::new(limits);
    while let Some(answer) = lines.next(stream).await? {
        let writing = async {
            stream.write_all(&answer).await?;
            stream.flush().await
        };
        timeout(limits.write_time.get(), writing)
            .await
            .map_err(|_| End::Deaf)??;
    }
    Ok(())
}
// ANCHOR_END: echo

/// Tells a client something last, and closes so that it can arrive.
///
/// A connection that is closed while bytes of the client have not been read
/// is reset, and then the word may be lost. So they are read, for a moment.
// ANCHOR: part
pub async fn part<S>(stream: &mut S, word: &[u8])
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let parting = async {
        stream.write_all(word).await?;
        stream.shutdown().await?;
        copy(stream, &mut sink()).await
    };
    // Whether it succeeds or not, this is the end.
    let _ = timeout(LINGER, parting).await;
}
// ANCHOR_END: part

/// What has been read of a client and is no whole line yet.
#[derive(Debug)]
struct Lines<'a> {
    limits: &'a Limits,
    buffer: BytesMut,
    /// So many bytes of it are known to have no end of a line.
    searched: usize,
    /// When they began to come.
    began: Option<Instant>,
}

impl<'a> Lines<'a> {
    fn new(limits: &'a Limits) -> Lines<'a> {
        let buffer = BytesMut::new();
        Lines {
            limits,
            buffer,
            searched: 0,
            began: None,
        }
    }

    /// All lines that are complete, or the rest if no more will come. `None`
    /// if there is no rest.
    async fn next<S>(&mut self, stream: &mut S) -> Result<Option<BytesMut>, End>
    where
        S: AsyncRead + Unpin,
    {
        loop {
            if let Some(lines) = self.complete()? {
                return Ok(Some(lines));
            }
            if self.read(stream).await? == 0 {
                let rest = self.buffer.split();
                self.searched = 0;
                return Ok(Some(rest).filter(|rest| !rest.is_empty()));
            }
        }
    }

    /// Reads once, for as long as the client still has.
    // ANCHOR: read
    async fn read<S>(&mut self, stream: &mut S) -> Result<usize, End>
    where
        S: AsyncRead + Unpin,
    {
        let (end, too_late) = match self.began {
            Some(began) => (began + self.limits.line_time.get(), End::Slow),
            None => (Instant::now() + self.limits.idle.get(), End::Idle),
        };
        self.buffer.reserve(BUFFER_SIZE);
        let reading = stream.read_buf(&mut self.buffer);
        let read = timeout_at(end, reading).await.map_err(|_| too_late)??;
        self.began.get_or_insert_with(Instant::now);
        Ok(read)
    }
    // ANCHOR_END: read

    /// The lines that are complete, up to one that is too long.
    fn complete(&mut self) -> Result<Option<BytesMut>, End> {
        let longest = self.limits.longest_line.get() as usize;
        let (mut end, mut from) = (0, self.searched);
        while let Some(at) = memchr::memchr(b'\n', &self.buffer[from..])
            && from + at - end <= longest
        {
            end = from + at + 1;
            from = end;
        }
        self.searched = self.buffer.len() - end;
        if end > 0 {
            self.began = (self.searched > 0).then(Instant::now);
            return Ok(Some(self.buffer.split_to(end)));
        }
        match self.searched <= longest {
            true => Ok(None),
            false => Err(End::TooLong),
        }
    }
}

/// Why a conversation has ended before the client wanted it to.
#[derive(Debug)]
pub enum End {
    /// The client was silent for too long.
    Idle,
    /// A line took too long.
    Slow,
    /// A line was too long.
    TooLong,
    /// After this frame nobody knows where the next one begins.
    BadFrame(BadFrame),
    /// The client did not take its answer.
    Deaf,
    /// Too many lines wait for the client.
    Behind,
    /// What the client came for is there no more.
    Closed,
    /// The server stops.
    Stopping,
    /// The connection broke.
    Broken(io::Error),
}

impl End {
    /// Tells the client why it has to go, if there is somebody who listens.
    pub async fn tell<S>(&self, stream: &mut S)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if self.can_be_told() {
            part(stream, format!("{self}\n").as_bytes()).await;
        }
    }

    /// Whether there is somebody who listens.
    pub fn can_be_told(&self) -> bool {
        !matches!(self, End::Deaf | End::Broken(_))
    }
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> End {
        End::Broken(error)
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Idle => f.write_str("you were silent for too long"),
            End::Slow => f.write_str("your line took too long"),
            End::TooLong => f.write_str("your line is too long"),
            End::BadFrame(what) => what.fmt(f),
            End::Deaf => f.write_str("you did not take your answer"),
            End::Behind => f.write_str("you are too far behind"),
            End::Closed => f.write_str("the room is closed"),
            End::Stopping => f.write_str("the server stops"),
            End::Broken(error) => write!(f, "the connection broke: {error}"),
        }
    }
}

#[cfg(test)]
mod tests;
