//! The programs that a session needs, and whether this machine has them.

use std::process::Command;

use crate::{
    session::{Action, Session},
    shell::commands,
};

/// The first program of a session that this machine does not have. What is
/// more than a plain word is for the shell to find out.
pub fn missing(session: &Session) -> Option<String> {
    session.steps.iter().find_map(|step| match &step.action {
        Action::Command(line) => missing_in(line),
        _ => None,
    })
}

/// The first program of a command line that this machine does not have.
pub fn missing_in(line: &str) -> Option<String> {
    commands(line)
        .into_iter()
        .filter_map(|words| words.into_iter().next())
        .filter(|program| is_plain(program))
        .find(|program| !shell_knows(program))
}

fn is_plain(word: &str) -> bool {
    word.chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

/// Whether the shell can run `program`, itself or from the search path.
fn shell_knows(program: &str) -> bool {
    let output = Command::new("sh")
        .args(["-c", "command -v \"$1\"", "sh", program])
        .output();
    output.is_ok_and(|output| output.status.success())
}
