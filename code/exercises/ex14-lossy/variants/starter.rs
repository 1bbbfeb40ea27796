//! A log that says what it lost: who says something never waits for who
//! writes.

use std::{
    io::Write,
    sync::{Mutex, PoisonError},
};

/// A log. When it is dropped, what waits is still written.
pub struct Log {
    writer: Mutex<Box<dyn Write + Send>>,
}

impl Log {
    /// Starts a log that writes to `writer`. As many as `room` lines may wait
    /// for that, at least 1.
    ///
    /// # Panics
    ///
    /// When the system has no thread left.
    pub fn start<W>(writer: W, room: usize) -> Log
    where
        W: Write + Send + 'static,
    {
        // TODO: let a thread write, so that nobody waits for it.
        let _ = room; // Remove this line.
        Log {
            writer: Mutex::new(Box::new(writer)),
        }
    }

    /// Has a line written, which comes without its end, or loses it. Never
    /// waits.
    pub fn say(&self, line: &str) {
        // TODO: never wait, and tell what was lost.
        let lock = self.writer.lock();
        let mut writer = lock.unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(writer, "{line}").and_then(|()| writer.flush());
    }
}
