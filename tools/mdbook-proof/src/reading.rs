//! Reading the words of a section against what it shows, and saying that one
//! has done so.

use std::ops::Range;

use crate::{
    book::Book,
    finding::{File, Finding},
    marks::{Mark, Marks, State},
    section::Section,
    view::View,
};

use change::Change;

mod change;
mod take;

pub use take::take_marks;

/// The sections that nobody has read as they are.
pub fn check(
    book: &Book,
    views: &[View],
    marks: &Marks,
    findings: &mut Vec<Finding>,
) {
    if book.settings.read.is_none() {
        return;
    }
    for view in views {
        for section in &view.sections {
            let mark = Mark::of(view, section);
            match marks.state(&section.key, &mark) {
                State::Read => {}
                State::New => findings.push(new(view, section)),
                State::Changed(old) => {
                    findings.push(changed(book, view, section, old, &mark));
                }
            }
        }
    }
}

fn new(view: &View, section: &Section) -> Finding {
    let message = "nobody has read this section against what it shows";
    let file = view.page.file;
    let finding = file.finding("unread", line(file, &section.heading), message);
    finding.hint(advice(section))
}

fn advice(section: &Section) -> String {
    format!(
        "read it, mend what is not true, and say so: mdbook-proof read {}",
        section.key
    )
}

fn changed(
    book: &Book,
    view: &View,
    section: &Section,
    old: &Mark,
    now: &Mark,
) -> Finding {
    let file = view.page.file;
    let change = Change::new(book, view, section, old);
    let with_words = old.says != now.says;
    let end = match with_words {
        true => "its words as well: is each of them true?",
        false => "its words have not: are they still true?",
    };
    let message = format!("{} since it was read, {end}", change.what);
    let at = change.at.clone().unwrap_or(section.heading.clone());
    let finding = file.finding("unread", line(file, &at), message);
    finding
        .report(change.report(view.page, section))
        .hint(advice(section))
}

/// The first line of a range: a heading, a fence or a directive.
fn line(file: &File, range: &Range<usize>) -> Range<usize> {
    let text = &file.text[range.clone()];
    let length = text.find('\n').unwrap_or(text.len());
    range.start..range.start + length
}
