//! What people are called.

use std::{error::Error, fmt, str::FromStr};

/// The longest name, in bytes.
pub const LONGEST_NAME: usize = 20;

/// The name of a member: letters, digits, `-` and `_`, in lower case.
///
/// Nothing else, since a name is shown on other people's terminals. Letters are
/// those of ASCII: among all that Unicode has, some look like others, and
/// somebody could be mistaken for somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

// ANCHOR: parse
impl FromStr for Name {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Name, BadName> {
        let may_stand = |byte: u8| {
            byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
        };
        match text.len() {
            0 => Err(BadName::Empty),
            length if length > LONGEST_NAME => Err(BadName::TooLong),
            _ if !text.bytes().all(may_stand) => Err(BadName::Signs),
            _ => Ok(Name(text.to_ascii_lowercase())),
        }
    }
}
// ANCHOR_END: parse

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadName {
    /// There is none.
    Empty,
    /// It is longer than [`LONGEST_NAME`].
    TooLong,
    /// It has signs that may not stand in it.
    Signs,
}

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadName::Empty => f.write_str("a name has at least one letter"),
            BadName::TooLong => {
                write!(f, "a name has at most {LONGEST_NAME} letters")
            }
            BadName::Signs => {
                f.write_str("a name has only letters, digits, - and _")
            }
        }
    }
}

impl Error for BadName {}

#[cfg(test)]
mod tests;
