//! The conversation with one client, which can be stopped between any two
//! steps and gone on with by another program.

use std::io;

use bytes::BytesMut;
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    task,
};

use super::{Version, log::say};
use crate::server::BUFFER_SIZE;

// ANCHOR: limits
/// The longest line, in bytes without its end. A client that never ends its
/// line must not fill the memory, nor the handover.
const LONGEST_LINE: usize = 64 * 1024;

/// The most that may wait to be written to a client, in bytes. An echo stays
/// far below it; a version that answers at length may not.
const MOST_UNWRITTEN: usize = 1024 * 1024;
// ANCHOR_END: limits

// ANCHOR: state
/// What has to be known of a conversation to go on with it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State<V> {
    /// Bytes that have been read, and not yet been answered.
    unanswered: BytesMut,
    /// Bytes of answers, which have not yet been written.
    unwritten: BytesMut,
    /// What the version of the server remembers.
    memory: V,
}
// ANCHOR_END: state

/// A client, and how far the conversation with it has come.
#[derive(Debug)]
pub struct Connection<V> {
    pub(super) socket: TcpStream,
    pub(super) state: State<V>,
}

/// How a step of the conversation has come out.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    GoOn,
    Left,
}

impl<V: Version> Connection<V> {
    /// A conversation that begins.
    pub fn new(socket: TcpStream) -> Connection<V> {
        let state = State::default();
        Connection { socket, state }
    }

    /// Talks to the client until it leaves. Returns the conversation if it was
    /// stopped before that, which is when the sender of `stop` is dropped.
    // ANCHOR: serve
    pub async fn serve(
        mut self,
        mut stop: watch::Receiver<()>,
    ) -> Option<Connection<V>> {
        let end = loop {
            tokio::select! {
                biased;
                _ = stop.changed() => return Some(self),
                step = self.state.step(&mut self.socket) => match step {
                    Ok(Step::GoOn) => {}
                    Ok(Step::Left) => break "closed".to_owned(),
                    Err(error) => break format!("broken ({error})"),
                },
            }
        };
        let (id, farewell) = (task::id(), self.state.memory.farewell());
        say(format_args!("Task {id}: Connection {end} {farewell}"));
        None
    }
    // ANCHOR_END: serve
}

impl<V: Version> State<V> {
    /// How many bytes of the client's are kept.
    pub fn bytes(&self) -> usize {
        self.unanswered.len() + self.unwritten.len()
    }

    /// Writes what can be written, or else reads what has come. Each of the
    /// two waits once, and does nothing if it is called off while it waits.
    // ANCHOR: step
    async fn step(
        &mut self,
        socket: &mut (impl AsyncRead + AsyncWrite + Unpin),
    ) -> io::Result<Step> {
        if !self.unwritten.is_empty() {
            socket.write_buf(&mut self.unwritten).await?;
            return Ok(Step::GoOn);
        }
        let before = self.unanswered.len();
        self.unanswered.reserve(BUFFER_SIZE);
        let mut some = socket.take(BUFFER_SIZE as u64);
        if some.read_buf(&mut self.unanswered).await? == 0 {
            return self.answer_the_rest();
        }
        self.answer_lines(before)
    }
    // ANCHOR_END: step

    /// Answers the lines that are complete. There is no end of a line among
    /// the bytes that were there `before` the last ones.
    fn answer_lines(&mut self, before: usize) -> io::Result<Step> {
        let new = &self.unanswered[before..];
        let last = new.iter().rposition(|byte| *byte == b'\n');
        let complete = last.map_or(0, |last| before + last + 1);
        let lines = self.unanswered.split_to(complete);
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            self.answer(line)?;
        }
        within(LONGEST_LINE, self.unanswered.len(), "line")?;
        Ok(Step::GoOn)
    }

    /// The client says no more. A last line may lack its end, and is answered
    /// before it is let go. The next read finds the end of the stream again.
    fn answer_the_rest(&mut self) -> io::Result<Step> {
        if self.unanswered.is_empty() {
            return Ok(Step::Left);
        }
        let line = self.unanswered.split();
        self.answer(&line)?;
        Ok(Step::GoOn)
    }

    fn answer(&mut self, line: &[u8]) -> io::Result<()> {
        let length = line.strip_suffix(b"\n").unwrap_or(line).len();
        within(LONGEST_LINE, length, "line")?;
        self.unwritten.extend_from_slice(&self.memory.answer(line));
        within(MOST_UNWRITTEN, self.unwritten.len(), "answer")
    }
}

fn within(limit: usize, length: usize, what: &str) -> io::Result<()> {
    match length <= limit {
        true => Ok(()),
        false => Err(io::Error::other(format!("the {what} is too long"))),
    }
}

#[cfg(test)]
mod tests;
