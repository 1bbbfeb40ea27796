//! The conversation with one client, which can be stopped between any two
//! steps and gone on with by another program.

use std::io;

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
    task,
};

use super::Version;
use crate::server::BUFFER_SIZE;

/// The longest piece of a line that is kept, in bytes. A client that never ends its line must not fill
/// the memory, nor the handover.
const LONGEST_LINE: usize = 64 * 1024;

// ANCHOR: state
/// What has to be known of a conversation to go on with it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State<V> {
    /// Bytes that have been read, and not yet been answered.
    unanswered: Vec<u8>,
    /// Bytes of answers, which have not yet been written.
    unwritten: Vec<u8>,
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
                step = self.step() => match step {
                    Ok(Step::GoOn) => {}
                    Ok(Step::Left) => break "closed".to_owned(),
                    Err(error) => break format!("broken ({error})"),
                },
            }
        };
        let (id, farewell) = (task::id(), self.state.memory.farewell());
        println!("Task {id}: Connection {end} {farewell}");
        None
    }
    // ANCHOR_END: serve

    /// Writes what can be written, or else reads what has come. Each of the
    /// two waits once, and does nothing if it is called off while it waits.
    // ANCHOR: step
    async fn step(&mut self) -> io::Result<Step> {
        let State {
            unanswered,
            unwritten,
            ..
        } = &mut self.state;
        if !unwritten.is_empty() {
            let written = self.socket.write(unwritten).await?;
            unwritten.drain(..written);
            return Ok(Step::GoOn);
        }
        let mut some = (&mut self.socket).take(BUFFER_SIZE as u64);
        if some.read_buf(unanswered).await? == 0 {
            return Ok(self.state.answer_the_rest());
        }
        self.state.answer_lines()
    }
    // ANCHOR_END: step
}

impl<V: Version> State<V> {
    fn answer_lines(&mut self) -> io::Result<Step> {
        let last = self.unanswered.iter().rposition(|byte| *byte == b'\n');
        let end = last.map_or(0, |last| last + 1);
        let lines: Vec<u8> = self.unanswered.drain(..end).collect();
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            self.unwritten.extend(self.memory.answer(line));
        }
        if self.unanswered.len() > LONGEST_LINE {
            return Err(io::Error::other("a line without an end"));
        }
        Ok(Step::GoOn)
    }

    /// The client says no more. A last line may lack its end, and is answered
    /// before it is let go. The next read finds the end of the stream again.
    fn answer_the_rest(&mut self) -> Step {
        if self.unanswered.is_empty() {
            return Step::Left;
        }
        let line = std::mem::take(&mut self.unanswered);
        self.unwritten.extend(self.memory.answer(&line));
        Step::GoOn
    }
}
