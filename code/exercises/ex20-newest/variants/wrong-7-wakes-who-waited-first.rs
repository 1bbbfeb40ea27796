//! fails: another_task_may_wait_next
//!
//! The newest stay: a mailbox for who wants to know how things are now, and not
//! how they were.

use std::{
    collections::VecDeque,
    future::poll_fn,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

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
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<String>,
    /// So many are missing before the first line.
    missed: usize,
    /// One of the ends was dropped.
    is_closed: bool,
    waker: Option<Waker>,
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
        let mut state = self.shared.state();
        if state.is_closed {
            return Err(Gone);
        }
        if state.lines.len() == self.most {
            state.lines.pop_front();
            state.missed += 1;
        }
        state.lines.push_back(line);
        if let Some(waker) = &state.waker {
            waker.wake_by_ref();
        }
        Ok(())
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.is_closed = true;
        if let Some(waker) = &state.waker {
            waker.wake_by_ref();
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
        poll_fn(|context| {
            let mut state = self.shared.state();
            let next = state.next();
            // Who waits is told to the other end once.
            state.waker.get_or_insert_with(|| context.waker().clone());
            next
        })
        .await
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.shared.state().is_closed = true;
    }
}

impl Shared {
    /// The state, for a moment. Nobody waits for anything else with it.
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics halfway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self) -> Poll<Option<Item>> {
        if self.missed > 0 {
            let missed = mem::take(&mut self.missed);
            return Poll::Ready(Some(Item::Missed(missed)));
        }
        match self.lines.pop_front() {
            Some(line) => Poll::Ready(Some(Item::Line(line))),
            None if self.is_closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}
