//! Edits: each fits its file, and a session makes it.

use std::ops::Range;

use crate::{
    book::Book,
    edit::{Change, Edit, Misfit},
    finding::{File, Finding},
    page::Page,
    session::Session,
};

/// Checks the edits of a page.
pub fn check(book: &Book, page: &Page, findings: &mut Vec<Finding>) {
    let made = made(page);
    for block in &page.blocks {
        if block.language() != "edit" {
            continue;
        }
        match Edit::parse(page.file, block) {
            Ok(edit) => {
                let misfit = misfit(book, page.file, &edit);
                findings.extend(misfit.or_else(|| {
                    let made = made.as_ref()?;
                    let is_made = made.contains(&edit.range.start);
                    (!is_made).then(|| unmade(page.file, &edit))
                }));
            }
            Err(found) => findings.extend(found),
        }
    }
}

/// Where the edits begin that the sessions of a page make; nothing if a session
/// is not of the right form, for then nobody knows.
fn made(page: &Page) -> Option<Vec<usize>> {
    let mut made = Vec::new();
    let blocks = page.blocks.iter();
    for block in blocks.filter(|block| block.language() == "session") {
        let session = Session::parse(page.file, block).ok()?;
        made.extend(session.edits.iter().map(|edit| edit.range.start));
    }
    Some(made)
}

fn unmade(file: &File, edit: &Edit) -> Finding {
    let message = "no session makes this edit, so nothing proves it";
    let hint = format!(
        "let a session below make it: `editor ~ {}`, in ```session,copy",
        edit.file
    );
    file.finding("unmade-edit", fence(file, edit), message)
        .hint(hint)
}

/// A file that is not there, or that does not have the lines, or has them
/// twice.
fn misfit(book: &Book, file: &File, edit: &Edit) -> Option<Finding> {
    let path = &*edit.file;
    let Ok(target) = book.read(path) else {
        let message = format!("`{path}` cannot be read");
        let sources = book.sources.iter();
        let sources = sources.map(|one| one.path.to_string_lossy());
        let sources: Vec<_> = sources.collect();
        let finding = file.finding("missing-file", fence(file, edit), message);
        let candidates = sources.iter().map(|path| &**path);
        return Some(finding.did_you_mean(path, candidates));
    };
    let misfit = edit.apply(&target.text).err()?;
    let message = format!("`{path}` {misfit}");
    Some(match misfit {
        Misfit::Several(_) => {
            let first = edit.lines.first().zip(edit.lines.last());
            let span = first.map_or(fence(file, edit), |(first, last)| {
                first.range.start..last.range.end
            });
            file.finding("edit-place", span, message)
                .hint("add a line above or below that the places differ in")
        }
        Misfit::Missing => missing(file, edit, &target, message),
    })
}

/// The first line that the file does not have at all, or the whole run.
fn missing(
    file: &File,
    edit: &Edit,
    target: &File,
    message: String,
) -> Finding {
    let has =
        |text: &str| target.text.lines().any(|line| line.trim() == text.trim());
    let lines = edit.lines.iter();
    let mut old = lines.filter(|line| line.change != Change::Add);
    let Some(line) = old.find(|line| !has(&line.text)) else {
        let hint = "all of them are there, but not one behind the other, or \
                    not indented like this";
        return file
            .finding("edit-place", fence(file, edit), message)
            .hint(hint);
    };
    let message = format!("`{}` does not have this line", edit.file);
    let lines = target.text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty());
    file.finding("edit-place", line.range.clone(), message)
        .did_you_mean(line.text.trim(), lines)
}

/// The first line of the block.
fn fence(file: &File, edit: &Edit) -> Range<usize> {
    let start = edit.range.start;
    let text = &file.text[edit.range.clone()];
    start..start + text.find('\n').unwrap_or(text.len())
}
