//! Whole files: each listing leads to the whole of its file, and each command
//! that is said to run a file can be typed.

use std::ops::Range;

use crate::{
    book::Book, commands::command, files::Files, finding::Finding, page::Page,
    rules::names::Known,
};

/// Checks the pages of whole files, and the commands in the captions.
pub fn check(
    known: &Known,
    files: &Files,
    pages: &[Page],
    findings: &mut Vec<Finding>,
) {
    if known.book.settings.file_pages.is_some() {
        without_page(known, files, pages, findings);
        without_listing(files, pages, findings);
    }
    unknown_files(known.book, findings);
    commands(known, files, pages, findings);
}

/// Listings whose caption would lead nowhere.
fn without_page(
    known: &Known,
    files: &Files,
    pages: &[Page],
    findings: &mut Vec<Finding>,
) {
    for (path, listings) in files.listed() {
        let has_page = files.page(path).is_some();
        // A file that cannot be read has been found already.
        if has_page || !known.included.files.contains_key(path) {
            continue;
        }
        let Some(piece) = listings.iter().find(|one| one.anchor.is_some())
        else {
            continue;
        };
        let page = pages.iter().find(|page| page.file.path == piece.page);
        findings.extend(page.map(|page| {
            let message = format!("no page shows the whole of `{path}`");
            page.file
                .finding("file-page", piece.range.clone(), message)
                .hint("add a page that includes it, without an anchor")
        }));
    }
}

/// Pages of files that the book does not speak of.
fn without_listing(files: &Files, pages: &[Page], findings: &mut Vec<Finding>) {
    for (path, page) in files.pages() {
        if !files.listings(path).is_empty() {
            continue;
        }
        let page = pages.iter().find(|one| one.file.path == page);
        findings.extend(page.map(|page| {
            let message = format!("no other page shows a piece of `{path}`");
            let line = page.file.text.find('\n').unwrap_or(0);
            page.file
                .finding("file-page", 0..line, message)
                .hint("show one, or take this page away")
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
        let Err(wrong) = known.workspace.check(&command, known.index) else {
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
