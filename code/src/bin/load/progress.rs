//! How far it is: a bar on stderr, if that is a terminal.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// The bar moves at most so often: to draw it takes time that is not measured.
const EVERY: Duration = Duration::from_millis(100);

/// A bar, which vanishes when it is dropped.
pub struct Progress {
    bar: ProgressBar,
    next: Instant,
}

impl Progress {
    /// A bar of this length, and what it is about.
    pub fn new(what: &'static str, length: u64) -> Progress {
        let style = ProgressStyle::with_template("{msg} {wide_bar} {percent}%")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(length).with_message(what);
        Progress {
            bar: bar.with_style(style),
            next: Instant::now(),
        }
    }

    /// It has come so far at `now`.
    pub fn is_at(&mut self, now: Instant, position: u64) {
        if now >= self.next {
            self.next = now + EVERY;
            self.bar.set_position(position);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
