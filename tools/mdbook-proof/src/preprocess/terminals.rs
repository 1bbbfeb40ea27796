//! Sessions as readers see them.
//!
//! On the page the terminals stand side by side, but the HTML has the lines in
//! the order of time, and each says whose it is. So a screen reader tells them
//! as they happened, and so does a browser without style sheets.

use crate::session::{Action, Session, Step};

use super::escape;

/// The terminals, each a frame with its name, and then the lines.
///
/// A line knows its place twice: the row of its moment, for terminals side by
/// side, and the row below its terminal's last line, for terminals stacked.
///
/// `caption` says where they are, if it is not the book's folder.
pub(super) fn terminals(session: &Session, caption: &str) -> String {
    let names = session.terminals();
    let mut html = format!(
        "<figure class=\"session\" aria-label=\"{}\" \
         style=\"--terminals: {}; --rows: {}\">\n",
        label(&names),
        names.len(),
        session.steps.len() + 1,
    );
    let mut next = vec![1; names.len()];
    let mut top = 1;
    for (column, name) in names.iter().enumerate() {
        let lines = session.steps.iter().filter(|one| one.terminal == *name);
        let height = lines.count() + 1;
        let style = format!(
            "--column: {}; --top: {top}; --height: {height}",
            column + 1
        );
        html += &format!(
            "<div class=\"terminal\" style=\"{style}\"></div>\n\
             <div class=\"terminal-name\" style=\"{style}\">{name}</div>\n"
        );
        next[column] = top + 1;
        top += height;
    }
    for (index, step) in session.steps.iter().enumerate() {
        let column = names.iter().position(|name| *name == step.terminal);
        let column = column.unwrap_or_default();
        html += &line(step, column + 1, index + 2, next[column]);
        next[column] += 1;
    }
    html + caption + "</figure>\n"
}

/// `A session in the terminals server and client`.
fn label(names: &[&str]) -> String {
    match names {
        [only] => format!("A session in the terminal {only}"),
        [first @ .., last] => format!(
            "A session in the terminals {} and {last}",
            first.join(", ")
        ),
        [] => String::new(),
    }
}

fn line(step: &Step, column: usize, row: usize, stacked: usize) -> String {
    let name = &step.terminal;
    let (class, who, content) = match &step.action {
        Action::Command(text) => {
            let prompt =
                "<span class=\"prompt\" aria-hidden=\"true\">$ </span>";
            let text = format!("{prompt}<kbd>{}</kbd>", escape(text));
            ("command", format!("{name}, run: "), text)
        }
        Action::Type(text) => {
            let text = format!("<kbd>{}</kbd>", escape(text));
            ("typed", format!("{name}, type: "), text)
        }
        Action::Key(key) => {
            let text = format!("<kbd>Ctrl-{key}</kbd>");
            ("key", format!("{name}, press: "), text)
        }
        Action::Print(text) => {
            let text = format!("<samp>{}</samp>", escape(text));
            ("printed", format!("{name} prints: "), text)
        }
        Action::Edit(path) => {
            let what = "save <span class=\"who\">the edit of: </span>";
            let path = escape(path);
            let text = format!("{what}<span class=\"file\">{path}</span>");
            ("edit", format!("{name}, "), text)
        }
    };
    format!(
        "<div class=\"line {class}\" style=\"--column: {column}; --row: {row}; \
         --stacked: {stacked}\"><span class=\"who\">{who}</span>{content}</div>\n"
    )
}
