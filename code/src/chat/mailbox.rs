//! What the room has for one member, and what becomes of it if the member is
//! slow.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use clap::ValueEnum;
use futures_util::FutureExt;
use tokio::{
    sync::{
        Semaphore,
        mpsc::{self, error::TrySendError},
    },
    task::unconstrained,
};

use crate::conversation::End;

/// A line that many have, and nobody changes.
pub type Line = Arc<str>;

/// So many lines may wait for a member. It is more than the room remembers, and
/// more than come while others have their turn.
pub const WAITING: usize = 1000;

/// A task that could run has its turn within this time, however busy the
/// machine is.
const TURN_TIME: Duration = Duration::from_secs(5);

/// What happens when no more lines may wait for a member.
// ANCHOR: slow
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Slow {
    /// More lines wait, as long as there is memory
    Grow,
    /// The whole room waits
    Wait,
    /// The member misses lines, and is told
    Miss,
    /// The member has to leave
    #[default]
    Cut,
}
// ANCHOR_END: slow

/// The room's end of a mailbox.
#[derive(Debug)]
pub struct Mailbox {
    /// `None` when the member has to leave.
    lines: Option<mpsc::Sender<Line>>,
    slow: Slow,
    fate: Arc<Fate>,
}

/// The member's end.
#[derive(Debug)]
pub struct Inbox {
    lines: mpsc::Receiver<Line>,
    fate: Arc<Fate>,
}

/// What has become of a slow member.
#[derive(Debug, Default)]
struct Fate {
    /// Lines that the member has missed, and was not told of.
    missed: AtomicUsize,
    /// It takes lines as soon as it has its turn: its client does not keep it
    /// waiting.
    listens: AtomicBool,
    /// It has to leave.
    is_cut: AtomicBool,
}

/// A mailbox, as both see it.
pub fn mailbox(slow: Slow) -> (Mailbox, Inbox) {
    let most = match slow {
        Slow::Grow => Semaphore::MAX_PERMITS,
        _ => WAITING,
    };
    let (sender, receiver) = mpsc::channel(most);
    let fate = Arc::<Fate>::default();
    let mailbox = Mailbox {
        lines: Some(sender),
        slow,
        fate: fate.clone(),
    };
    let inbox = Inbox {
        lines: receiver,
        fate,
    };
    (mailbox, inbox)
}

impl Mailbox {
    /// Puts a line into the mailbox. It waits for a client only if that is what
    /// happens with slow members.
    // ANCHOR: put
    pub async fn put(&mut self, line: Line) {
        self.confess();
        let Some(lines) = &self.lines else { return };
        let Err(TrySendError::Full(line)) = lines.try_send(line) else {
            return; // It has the line, or is about to leave.
        };
        match self.slow {
            Slow::Grow => {}
            Slow::Wait => _ = lines.send(line).await,
            _ if self.fate.gets_its_turn(lines, line).await => {}
            Slow::Miss => _ = self.fate.missed.fetch_add(1, Relaxed),
            Slow::Cut => {
                self.fate.is_cut.store(true, Relaxed);
                self.lines = None;
            }
        }
    }
    // ANCHOR_END: put

    /// Tells the member what it has missed, in the place of the lines, if there
    /// is room to.
    fn confess(&self) {
        if let Some(lines) = &self.lines
            && self.fate.missed.load(Relaxed) > 0
            && let Ok(place) = lines.try_reserve()
            && let Some(confession) = self.fate.confession()
        {
            place.send(confession);
        }
    }
}

impl Fate {
    /// Waits for a member that listens and has not had its turn. Otherwise a
    /// busy machine would make honest members slow. Returns whether it has
    /// the line.
    async fn gets_its_turn(
        &self,
        lines: &mpsc::Sender<Line>,
        line: Line,
    ) -> bool {
        let took = self.listens.load(Relaxed)
            && lines.send_timeout(line, TURN_TIME).await.is_ok();
        self.listens.fetch_and(took, Relaxed);
        took
    }

    /// What has to be told, once.
    fn confession(&self) -> Option<Line> {
        match self.missed.swap(0, Relaxed) {
            0 => None,
            1 => Some("* you have missed a line".into()),
            missed => Some(format!("* you have missed {missed} lines").into()),
        }
    }
}

impl Inbox {
    /// Moves the lines that are there to `lines`, but not more than `most` at
    /// once. Returns how many; none when there will be no more.
    ///
    /// # Cancel safety
    ///
    /// No line is lost if the future is dropped while it waits.
    pub async fn take(&mut self, lines: &mut Vec<Line>, most: usize) -> usize {
        // The lines that were missed came after all that were there.
        if self.lines.is_empty()
            && let Some(confession) = self.fate.confession()
        {
            lines.push(confession);
            return 1;
        }
        self.fate.listens.store(true, Relaxed);
        self.lines.recv_many(lines, most).await
    }

    /// Writes to the client. When it keeps the write waiting, the room knows
    /// that the member does not listen.
    pub async fn write<F: Future>(&self, writing: F) -> F::Output {
        // If it is not done at once, the client is the only reason.
        let mut writing = pin!(unconstrained(writing));
        if let Some(written) = writing.as_mut().now_or_never() {
            return written;
        }
        self.fate.listens.store(false, Relaxed);
        let written = writing.await;
        self.fate.listens.store(true, Relaxed);
        written
    }

    /// Why there are no more.
    ///
    /// # Errors
    ///
    /// That the member was cut off or the room is closed, unless it has left.
    pub fn why_no_more(&self, has_left: bool) -> Result<(), End> {
        match self.fate.is_cut.load(Relaxed) {
            _ if has_left => Ok(()),
            true => Err(End::Behind),
            false => Err(End::Closed),
        }
    }
}

#[cfg(test)]
mod tests;
