//! How far it is, on stderr: a bar for people, a line for each round for all
//! others.

use std::io::{IsTerminal, Write, stderr};

use indicatif::{ProgressBar, ProgressStyle};

/// How the bar looks.
const LOOK: &str = "[{elapsed_precise}] {wide_bar} {pos}/{len} {msg}";

/// How far it is.
pub struct Progress {
    bar: ProgressBar,
    is_seen: bool,
}

impl Progress {
    /// So many steps are to be done.
    pub fn new(steps: usize) -> Progress {
        let is_seen = stderr().is_terminal();
        let bar = match is_seen {
            true => ProgressBar::new(steps as u64),
            false => ProgressBar::hidden(),
        };
        let look = ProgressStyle::with_template(LOOK);
        bar.set_style(look.unwrap_or(ProgressStyle::default_bar()));
        bar.set_length(steps as u64);
        Progress { bar, is_seen }
    }

    /// Begins the next step.
    pub fn step(&self, what: &str) {
        self.bar.set_message(what.to_owned());
        self.bar.inc(1);
        if !self.is_seen {
            let (done, all) = (self.bar.position(), self.bar.length());
            let all = all.unwrap_or_default();
            // Nothing is lost for the tables if nobody reads this.
            let _ = writeln!(stderr(), "{done} of {all}: {what}");
        }
    }

    /// Says something that has gone wrong.
    pub fn warn(&self, what: &str) {
        self.bar.suspend(|| drop(writeln!(stderr(), "{what}")));
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}
