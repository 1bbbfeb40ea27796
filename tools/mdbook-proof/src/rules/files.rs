//! Whole files: each listing leads to the whole of its file, and each command
//! that is said to run a file can be typed.

use std::ops::Range;

use crate::{
    book::Book,
    commands::command,
    files::Files,
    finding::Finding,
    page::{self, Page},
    rules::{cargo, names::Known},
    source::literal,
};

/// Checks the pages of whole files, and the commands in the captions.
pub fn check(
    known: &Known,
    files: &Files,
    pages: &[Page],
    findings: &mut Vec<Finding>,
) {
    directives(known, files, pages, findings);
    unknown_files(known.book, findings);
    commands(known, files, pages, findings);
}

/// What mdBook would look for in the page of a file, and what cannot be
/// escaped there.
fn directives(
    known: &Known,
    files: &Files,
    pages: &[Page],
    findings: &mut Vec<Finding>,
) {
    for path in files.with_page() {
        let file = known.included.files.get(path);
        let text = file.map_or(String::new(), |file| literal(&file.text, true));
        if page::directives(&text).is_empty() {
            continue;
        }
        let Some(first) = files.listings(path).first() else {
            continue;
        };
        let page = pages.iter().find(|page| page.file.path == first.page);
        findings.extend(page.map(|page| {
            let message = format!(
                "mdBook would look for directives on the page of `{path}`"
            );
            let span = first.range.clone();
            page.file.finding("included-directive", span, message)
        }));
    }
}

/// Files that `run` names, and that are not there.
fn unknown_files(book: &Book, findings: &mut Vec<Finding>) {
    for path in book.settings.run.keys().filter(|path| !book.has(path)) {
        let message = format!("`{path}` cannot be read");
        let span = in_settings(book, path);
        findings.push(book.config.finding("missing-file", span, message));
    }
}

/// Commands that cargo would not understand.
fn commands(
    known: &Known,
    files: &Files,
    pages: &[Page],
    findings: &mut Vec<Finding>,
) {
    let book = known.book;
    for (path, listings) in files.listed() {
        let command = command(book, path).unwrap_or_default();
        let Err(wrong) = cargo::check(known.workspace, &command, known.index)
        else {
            continue;
        };
        if book.settings.run.contains_key(path) {
            let span = in_settings(book, &command);
            findings.push(wrong.finding(&book.config, span));
            continue;
        }
        let first = &listings[0];
        let page = pages.iter().find(|page| page.file.path == first.page);
        findings.extend(
            page.map(|page| wrong.finding(page.file, first.range.clone())),
        );
    }
}

fn in_settings(book: &Book, word: &str) -> Range<usize> {
    let start = book.config.text.find(word).unwrap_or(0);
    start..start + word.len()
}
