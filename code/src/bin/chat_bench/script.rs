//! What the speaker says, and whether it is what a member hears.

use anyhow::{Result, bail, ensure};

/// What the speaker is called.
pub const SPEAKER: &str = "speaker";

/// A line as it is heard, in bytes with its end. All are of this length.
pub const LINE: usize = 64;

/// So many lines differ. Then the speaker begins anew, long after the rooms
/// have forgotten the first.
const LINES: usize = 100_000;

/// All that is said.
pub struct Script {
    heard: String,
}

impl Script {
    /// Lines that differ by their numbers.
    pub fn new() -> Script {
        let line = |number| {
            let start = format!("{SPEAKER}: {number:05} ");
            format!("{start:o<width$}\n", width = LINE - 1)
        };
        let heard = (0..LINES).map(line).collect();
        Script { heard }
    }

    /// Lines from `first` on, as the speaker types them.
    pub fn spoken(&self, first: usize, count: usize) -> String {
        let lines = (first..first + count).map(|number| self.line(number));
        lines.map(|line| &line[SPEAKER.len() + 2..]).collect()
    }

    /// A line as it is heard.
    fn line(&self, number: usize) -> &str {
        let at = number % LINES * LINE;
        &self.heard[at..at + LINE]
    }
}

/// How far a member has followed the script, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place(usize);

impl Place {
    /// How many lines were heard to their ends.
    pub fn lines(self) -> usize {
        self.0 / LINE
    }

    /// Goes on by what was heard.
    ///
    /// # Errors
    ///
    /// Which line was heard in place of which, if it is another.
    pub fn hear(&mut self, script: &Script, mut bytes: &[u8]) -> Result<()> {
        let all = script.heard.as_bytes();
        while !bytes.is_empty() {
            let at = self.0 % all.len();
            let length = bytes.len().min(all.len() - at);
            let (now, later) = bytes.split_at(length);
            if now != &all[at..at + length] {
                return self.complain(script, bytes);
            }
            self.0 += length;
            bytes = later;
        }
        Ok(())
    }

    /// Says what is wrong with the bytes that were heard.
    fn complain(self, script: &Script, bytes: &[u8]) -> Result<()> {
        // The line that has begun, and what belongs to it.
        let begun = &script.line(self.lines())[..self.0 % LINE];
        let heard = [begun.as_bytes(), bytes].concat();
        for (number, line) in (self.lines()..).zip(heard.chunks(LINE)) {
            let wanted = script.line(number).as_bytes();
            ensure!(
                wanted.starts_with(line),
                "in place of {} there came {}",
                wanted.trim_ascii_end().escape_ascii(),
                line.trim_ascii_end().escape_ascii(),
            );
        }
        bail!("there came what nobody has said")
    }
}

#[cfg(test)]
mod tests;
