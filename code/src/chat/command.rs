//! What people type: words for everybody, or a command behind a slash.

use std::{error::Error, fmt, str::FromStr};

use super::name::{BadName, Name};

/// What a member wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// To say something to everybody.
    Say(String),
    /// To say something to one member.
    Whisper(Name, String),
    /// To know who is here.
    Who,
    /// To leave.
    Leave,
}

// ANCHOR: parse
impl FromStr for Command {
    type Err = BadCommand;

    fn from_str(line: &str) -> Result<Command, BadCommand> {
        if line.is_empty() {
            return Err(BadCommand::Nothing);
        }
        if line.contains(drives_a_terminal) {
            return Err(BadCommand::Signs);
        }
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (first, rest.trim_start()) {
            ("/who", "") => Ok(Command::Who),
            ("/leave", "") => Ok(Command::Leave),
            ("/to", rest) => {
                let (name, words) =
                    rest.split_once(' ').ok_or(BadCommand::Whisper)?;
                let name = name.parse().map_err(BadCommand::Name)?;
                Ok(Command::Whisper(name, words.trim_start().to_owned()))
            }
            _ if line.starts_with('/') => Err(BadCommand::Unknown),
            _ => Ok(Command::Say(line.to_owned())),
        }
    }
}
// ANCHOR_END: parse

/// Whether a sign would do something on other people's terminals instead of
/// being shown: control characters, ends of lines, and those that change the
/// direction of what follows.
fn drives_a_terminal(sign: char) -> bool {
    sign.is_control()
        || matches!(sign, '\u{61c}' | '\u{200e}' | '\u{200f}')
        || matches!(sign, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What is wrong with a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadCommand {
    /// There is none.
    Nothing,
    /// It has signs that do something on a terminal.
    Signs,
    /// It is no command.
    Unknown,
    /// A private word lacks its name, or its words.
    Whisper,
    /// Whom it is for cannot be a name.
    Name(BadName),
}

impl fmt::Display for BadCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadCommand::Nothing => "you have said nothing",
            BadCommand::Signs => "that cannot be shown to others",
            BadCommand::Unknown => "there are /who, /to NAME WORDS and /leave",
            BadCommand::Whisper => "a private word is /to NAME WORDS",
            BadCommand::Name(error) => return error.fmt(f),
        })
    }
}

impl Error for BadCommand {}

#[cfg(test)]
mod tests;
