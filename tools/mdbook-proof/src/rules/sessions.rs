//! Sessions and consoles: their form, and the commands typed in them. Whether
//! the programs print what the page says is for `session::run` to prove.

use std::ops::Range;

use crate::{
    finding::Finding,
    page::Page,
    rules::names::Known,
    session::{Action, Session},
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
            "console" | "sh" => {
                let content = &page.file.text[block.content.clone()];
                let mut start = block.content.start;
                for line in content.split_inclusive('\n') {
                    let range = start..start + line.trim_end().len();
                    start += line.len();
                    let command = line.trim().trim_start_matches("$ ");
                    check_command(known, page, command, range, findings);
                }
            }
            _ => {}
        }
    }
}

fn check_command(
    known: &Known,
    page: &Page,
    command: &str,
    range: Range<usize>,
    findings: &mut Vec<Finding>,
) {
    if let Err(complaint) = known.workspace.check(command, known.index) {
        findings.push(complaint.finding(page.file, range.clone()));
    }
    let first = command.split_whitespace().next().unwrap_or_default();
    let is_known = first.is_empty()
        || first == "cargo"
        || first.contains('=')
        || known.words.has_command(first);
    if !is_known {
        let message =
            format!("`{first}` is not among the programs of this book");
        findings.push(
            page.file
                .finding("unknown-command", range, message)
                .hint("add it to `[commands]` in the word list"),
        );
    }
}
