//! The lab: the book with live terminals.
//!
//! 1. [`edition`]: the book, built in this process, as readers get it.
//! 2. [`watch`]: building it anew when a page or the code changes.
//! 3. [`protocol`]: what a page and the lab say to each other.
//! 4. [`guard`]: who may talk to the lab at all.
//! 5. [`site`]: the pages, over HTTP.
//! 6. [`socket`]: the WebSocket of a page.
//! 7. [`plays`]: the sessions and listings that are running.
//! 8. [`exercises`]: how the exercises stand, and the file that a learner
//!    edits.
//! 9. [`program`]: all of it together.
//!
//! This program starts processes because a web page asks for it. So it listens
//! on the loopback interface only, and heeds no web page but its own; and a page
//! never sends a command, but names a place of the book.
#![cfg(unix)]

pub mod edition;
pub mod exercises;
pub mod guard;
pub mod plays;
pub mod program;
pub mod protocol;
pub mod site;
pub mod socket;
pub mod watch;

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{broadcast, watch as channel};

use crate::{
    edition::Edition, exercises::Exercises, guard::Guard, plays::Plays,
    protocol::Tell,
};

/// Says something in the lab's own terminal. Nobody need read it: a log that is
/// closed, or on a full disk, must not end the lab.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// What a mutex holds, even if somebody has panicked with it: the rest of the
/// lab goes on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How much news a page may be behind before it misses some.
const NEWS: usize = 256;

/// All that the lab's parts share.
#[derive(Debug)]
pub struct Lab {
    /// The folder of the project.
    pub root: PathBuf,
    /// Who may talk to it.
    pub guard: Guard,
    /// How long it waits before it types, so that one can follow.
    pub pace: Duration,
    /// The newest edition of the book; none before the first.
    pub edition: channel::Sender<Option<Arc<Edition>>>,
    /// News for all pages.
    pub news: broadcast::Sender<Tell>,
    /// What is running.
    pub plays: Plays,
    /// The exercises.
    pub exercises: Exercises,
}

impl Lab {
    /// A lab for the project in the folder `root`.
    ///
    /// # Errors
    ///
    /// When the exercises cannot be read.
    pub fn new(
        root: PathBuf,
        guard: Guard,
        pace: Duration,
    ) -> anyhow::Result<Arc<Lab>> {
        let news = broadcast::Sender::new(NEWS);
        let exercises = Exercises::of(&root, news.clone())?;
        Ok(Arc::new(Lab {
            root,
            guard,
            pace,
            edition: channel::Sender::new(None),
            news,
            plays: Plays::default(),
            exercises,
        }))
    }
}
