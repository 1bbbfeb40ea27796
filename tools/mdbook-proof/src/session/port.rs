//! The port of a session: the pages write one, and a run uses another.

use std::{io, net::TcpListener};

/// The port that the pages write, and the one that is used.
#[derive(Debug)]
pub struct Port {
    written: String,
    free: String,
}

impl Port {
    /// A port for what the pages write as this one.
    ///
    /// # Errors
    ///
    /// When the system has none to give.
    pub fn new(written: u16) -> io::Result<Port> {
        Ok(Port {
            written: written.to_string(),
            free: free_port()?.to_string(),
        })
    }

    /// The port as the pages write it.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The port that is used.
    pub fn free(&self) -> &str {
        &self.free
    }

    /// What stands on a page, as it is typed in the run.
    pub fn to_run(&self, text: &str) -> String {
        replace_number(text, &self.written, &self.free)
    }

    /// What the run prints, as it would stand on a page.
    pub fn to_page(&self, text: &str) -> String {
        replace_number(text, &self.free, &self.written)
    }
}

/// Replaces a number where it stands alone, and not as a part of another.
fn replace_number(text: &str, number: &str, by: &str) -> String {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut replaced = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(number) {
        let (before, after) = (&rest[..at], &rest[at + number.len()..]);
        let last = before.chars().next_back();
        let alone = !is_digit(last.or(replaced.chars().next_back()))
            && !is_digit(after.chars().next());
        replaced += before;
        replaced += if alone { by } else { number };
        rest = after;
    }
    replaced + rest
}

/// A port that is free now. It is asked for and given back, so another program
/// might take it in between; the session would say so and fail.
fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    Ok(listener.local_addr()?.port())
}
