//! fails: bytes_that_are_no_text_count_once
//!
//! Lines are not reads: text arrives in any pieces, and comes out in lines.

/// The longest line, in bytes and without its end. A client that never ends
/// its line must not fill the memory.
pub const LONGEST: usize = 80;

/// A line is longer than [`LONGEST`].
#[derive(Debug, PartialEq, Eq)]
pub struct TooLong;

/// Puts lines together from the pieces in which they arrive.
#[derive(Debug, Default)]
pub struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes what one read has brought, and returns the lines that are
    /// complete now, without their ends. Bytes that are not UTF-8 become `�`.
    ///
    /// # Errors
    ///
    /// [`TooLong`] as soon as a line has more bytes than [`LONGEST`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        self.rest.extend_from_slice(bytes);
        let mut lines = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line[..end]).into_owned();
            if line.len() > LONGEST {
                return Err(TooLong);
            }
            lines.push(line);
        }
        if self.rest.len() > LONGEST {
            return Err(TooLong);
        }
        Ok(lines)
    }
}
