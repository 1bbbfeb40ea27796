//! What a page says of a session, beside what has happened.

use std::fmt::Write as _;

use crate::session::{Action, Session};

/// Terminal by terminal, what the page says beside what happened: the names of
/// the terminals, and the lines that they have printed.
pub fn report(session: &Session, history: &[(String, String)]) -> String {
    let mut report = String::new();
    for name in session.terminals() {
        let expected: Vec<&str> = expected(session, name).collect();
        let got = history.iter().filter(|(from, _)| from == name);
        let got: Vec<&str> = got.map(|(_, line)| &**line).collect();
        columns(&mut report, name, &expected, &got);
        report.push('\n');
    }
    report.trim_end().to_owned()
}

/// The lines that a terminal prints on the page.
fn expected<'a>(
    session: &'a Session,
    name: &str,
) -> impl Iterator<Item = &'a str> {
    session
        .steps
        .iter()
        .filter_map(move |step| match &step.action {
            Action::Print(line) if step.terminal == name => Some(&**line),
            _ => None,
        })
}

fn columns(report: &mut String, name: &str, expected: &[&str], got: &[&str]) {
    let width = expected.iter().map(|line| line.chars().count());
    let width = width.max().unwrap_or_default().max(name.len() + 14);
    let title = format!("{name}, on the page");
    let _ = writeln!(report, "{title:width$}   {name}, in the run");
    for row in 0..expected.len().max(got.len()) {
        let left = expected.get(row).copied().unwrap_or_default();
        let right = got.get(row).copied().unwrap_or_default();
        let row = format!("{left:width$} | {right}");
        let _ = writeln!(report, "{}", row.trim_end());
    }
}
