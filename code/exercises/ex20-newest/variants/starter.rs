//! The newest stay: a mailbox for who wants to know how things are now, and not
//! how they were.

use tokio::sync::mpsc;

/// What comes out of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A line that was put in.
    Line(String),
    /// In this place so many lines are missing, at least one.
    Missed(usize),
}

/// Nobody will take anything out of the mailbox any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

/// The end of a mailbox at which lines are put in.
#[derive(Debug)]
pub struct Mailbox {
    lines: mpsc::Sender<String>,
}

/// The end at which they are taken out.
#[derive(Debug)]
pub struct Inbox {
    lines: mpsc::Receiver<String>,
}

/// A mailbox with room for `most` lines, at least 1.
pub fn mailbox(most: usize) -> (Mailbox, Inbox) {
    let (sender, receiver) = mpsc::channel(most);
    (Mailbox { lines: sender }, Inbox { lines: receiver })
}

impl Mailbox {
    /// Puts in a line, and never waits. If there is no room, the oldest line
    /// goes, and is counted.
    ///
    /// # Errors
    ///
    /// When the other end was dropped.
    pub fn put(&self, line: String) -> Result<(), Gone> {
        // TODO: let the oldest go, and not the newest.
        match self.lines.try_send(line) {
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Gone),
            _ => Ok(()),
        }
    }
}

impl Inbox {
    /// Takes out the oldest line, or how many are missing before it. Waits if
    /// there is nothing. `None` when there will be no more.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, nothing was taken out.
    pub async fn take(&mut self) -> Option<Item> {
        // TODO: tell what is missing.
        self.lines.recv().await.map(Item::Line)
    }
}
