//! fails: who_waits_is_woken_by_a_line
//!
//! The newest stay: a mailbox for who wants to know how things are now, and not
//! how they were.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};

use tokio::sync::{Mutex, Notify};

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
    shared: Arc<Shared>,
    most: usize,
}

/// The end at which they are taken out.
#[derive(Debug)]
pub struct Inbox {
    shared: Arc<Shared>,
}

/// What both ends have.
#[derive(Debug, Default)]
struct Shared {
    lines: Mutex<VecDeque<String>>,
    /// So many are missing before the first line.
    missed: AtomicUsize,
    /// One of the ends was dropped.
    is_closed: AtomicBool,
    changed: Notify,
}

/// A mailbox with room for `most` lines, at least 1.
pub fn mailbox(most: usize) -> (Mailbox, Inbox) {
    let shared = Arc::<Shared>::default();
    let inbox = Inbox {
        shared: shared.clone(),
    };
    (Mailbox { shared, most }, inbox)
}

impl Mailbox {
    /// Puts in a line, and never waits. If there is no room, the oldest line
    /// goes, and is counted.
    ///
    /// # Errors
    ///
    /// When the other end was dropped.
    pub fn put(&self, line: String) -> Result<(), Gone> {
        if self.shared.is_closed.load(Relaxed) {
            return Err(Gone);
        }
        let Ok(mut lines) = self.shared.lines.try_lock() else {
            // It must not wait for the lock.
            self.shared.missed.fetch_add(1, Relaxed);
            return Ok(());
        };
        if lines.len() == self.most {
            lines.pop_front();
            self.shared.missed.fetch_add(1, Relaxed);
        }
        lines.push_back(line);
        self.shared.changed.notify_one();
        Ok(())
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Relaxed);
        self.shared.changed.notify_one();
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
        let mut lines = self.shared.lines.lock().await;
        loop {
            let missed = self.shared.missed.swap(0, Relaxed);
            if missed > 0 {
                return Some(Item::Missed(missed));
            }
            if let Some(line) = lines.pop_front() {
                return Some(Item::Line(line));
            }
            if self.shared.is_closed.load(Relaxed) {
                return None;
            }
            self.shared.changed.notified().await;
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.shared.is_closed.store(true, Relaxed);
    }
}
