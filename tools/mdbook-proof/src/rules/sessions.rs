//! Sessions and consoles: their form, and the commands typed in them. Whether
//! the programs print what the page says is for `session::run` to prove.

use std::ops::Range;

use crate::{
    finding::Finding,
    page::{Block, Page},
    rules::{cargo, names::Known},
    session::{Action, Session},
    shell::commands,
};

/// Checks the sessions and consoles of a page.
pub fn check(known: &Known, page: &Page, findings: &mut Vec<Finding>) {
    for block in &page.blocks {
        match block.language() {
            "session" => match Session::parse(page.file, block) {
                Ok(session) => {
                    for step in &session.steps {
                        if let Action::Command(command) = &step.action {
                            let range = step.range.clone();
                            check_command(
                                known, page, command, range, findings,
                            );
                        }
                    }
                }
                Err(found) => findings.extend(found),
            },
            "console" | "sh" | "bash" | "shell" | "zsh" => {
                for (command, range) in typed(page, block) {
                    check_command(known, page, command, range, findings);
                }
            }
            _ => {}
        }
    }
}

/// The commands of a console: the lines behind a `$`, or all of them where
/// there is none. Comments are none.
fn typed<'a>(page: &'a Page, block: &Block) -> Vec<(&'a str, Range<usize>)> {
    let content = &page.file.text[block.content.clone()];
    let prompted = content.lines().any(|line| line.trim().starts_with("$ "));
    let mut commands = Vec::new();
    let mut start = block.content.start;
    let mut continued = false;
    for line in content.split_inclusive('\n') {
        let range = start..start + line.trim_end().len();
        start += line.len();
        let line = line.trim();
        let command = match line.strip_prefix("$ ") {
            Some(command) => Some(command),
            None if prompted || line.starts_with('#') || continued => None,
            None => Some(line),
        };
        continued = line.ends_with('\\');
        commands.extend(command.map(|command| (command, range)));
    }
    commands
}

fn check_command(
    known: &Known,
    page: &Page,
    command: &str,
    range: Range<usize>,
    findings: &mut Vec<Finding>,
) {
    if let Err(complaint) = cargo::check(known.workspace, command, known.index)
    {
        findings.push(complaint.finding(page.file, range.clone()));
    }
    for words in commands(command) {
        let Some(first) = words.first() else { continue };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let is_known = first == "cargo"
            || !first.chars().all(is_plain)
            || known.words.has_command(first);
        if !is_known {
            let message =
                format!("`{first}` is not among the programs of this book");
            findings.push(
                page.file
                    .finding("unknown-command", range.clone(), message)
                    .hint("add it to `[commands]` in the word list"),
            );
        }
    }
}
