//! fails: the_oldest_go_and_are_counted
//!
//! The newest stay: a mailbox for who wants to know how things are now, and not
//! how they were.

use tokio::sync::broadcast::{self, error::RecvError};

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
    lines: broadcast::Sender<String>,
}

/// The end at which they are taken out.
#[derive(Debug)]
pub struct Inbox {
    lines: broadcast::Receiver<String>,
}

/// A mailbox with room for `most` lines, at least 1.
pub fn mailbox(most: usize) -> (Mailbox, Inbox) {
    let (sender, receiver) = broadcast::channel(most);
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
        match self.lines.send(line) {
            Ok(_) => Ok(()),
            Err(_) => Err(Gone),
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
        match self.lines.recv().await {
            Ok(line) => Some(Item::Line(line)),
            Err(RecvError::Lagged(lines)) => {
                Some(Item::Missed(lines.try_into().unwrap_or(usize::MAX)))
            }
            Err(RecvError::Closed) => None,
        }
    }
}
