//! What messages mean: a client asks by a [`Request`], and gets a [`Reply`].
//!
//! Both are text, and their first word says what they are. `echo TEXT` comes
//! back once, `repeat N TEXT` several times, and `count` asks for a number.

use std::{error::Error, fmt, str::FromStr};

/// A text is repeated at most so often.
pub const MOST_TIMES: usize = 10;

/// What a client wants.
// ANCHOR: request
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// To hear a text.
    Echo(String),
    /// To hear it so often: from once to [`MOST_TIMES`].
    Repeat(usize, String),
    /// To know how many requests were right, this one included.
    Count,
}
// ANCHOR_END: request

// ANCHOR: parse
impl FromStr for Request {
    type Err = BadRequest;

    fn from_str(message: &str) -> Result<Request, BadRequest> {
        let (word, rest) = message.split_once(' ').unwrap_or((message, ""));
        match (word, rest) {
            ("echo", text) => Ok(Request::Echo(text.to_owned())),
            ("repeat", rest) => {
                let (times, text) =
                    rest.split_once(' ').ok_or(BadRequest::Repeat)?;
                let times = times.parse().map_err(|_| BadRequest::Repeat)?;
                match times {
                    1..=MOST_TIMES => Ok(Request::Repeat(times, text.into())),
                    _ => Err(BadRequest::Repeat),
                }
            }
            ("count", "") => Ok(Request::Count),
            _ => Err(BadRequest::Unknown),
        }
    }
}
// ANCHOR_END: parse

/// What is wrong with a request. It does not repeat what the client has sent,
/// which may be long, or secret, or meant for a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRequest {
    /// Its first word is none that we know.
    Unknown,
    /// It does not say how often, or too often, or what.
    Repeat,
}

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadRequest::Unknown => {
                f.write_str("ask: echo TEXT, repeat N TEXT, or count")
            }
            BadRequest::Repeat => {
                write!(f, "ask: repeat N TEXT, with N from 1 to {MOST_TIMES}")
            }
        }
    }
}

impl Error for BadRequest {}

/// What the client is told.
// ANCHOR: reply
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The text that it has asked for.
    Text(String),
    /// The number that it has asked for.
    Count(u64),
    /// What is wrong.
    Error(String),
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Text(text) => write!(f, "text {text}"),
            Reply::Count(number) => write!(f, "count {number}"),
            Reply::Error(why) => write!(f, "error {why}"),
        }
    }
}
// ANCHOR_END: reply

impl Reply {
    /// An error, in its own words.
    pub fn error(why: impl fmt::Display) -> Reply {
        Reply::Error(why.to_string())
    }
}
