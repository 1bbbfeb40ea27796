//! Listings that show what a file adds to another: there is one, and it adds
//! something.

use std::path::Path;

use crate::{
    book::Book,
    diff::{self, Diff},
    finding::Finding,
    page::{Block, Directive, Page, path_of},
    rules::{fences::first_line, includes::Included},
    source::{Selection, excerpt},
};

/// What is wrong with a block that says `diff=FILE`, and has these directives.
pub(super) fn check(
    book: &Book,
    page: &Page,
    block: &Block,
    listed: &[&Directive],
    included: &Included,
) -> Option<Finding> {
    block.value("diff")?;
    let one = match form(block, listed) {
        Ok(one) => one,
        Err((message, hint)) => {
            let span = first_line(page, block);
            let finding = page.file.finding("diff-form", span, message);
            return Some(finding.hint(hint));
        }
    };
    let path = path_of(page.file, one);
    let old = diff::path(block, &path)?;
    let Some(file) = included.files.get(&old) else {
        return Some(missing(book, page, block, &path, &old));
    };
    let selection = one.selection();
    if excerpt(file, selection).is_none() {
        return Some(no_such_piece(page, block, one, &old));
    }
    let diff = Diff::new(file, included.files.get(&path)?, selection);
    (!diff.adds()).then(|| adds_nothing(page, block, &old))
}

/// The directive for the newer file; or what is wrong, and what to do.
fn form<'a>(
    block: &Block,
    listed: &[&'a Directive],
) -> Result<&'a Directive, (&'static str, &'static str)> {
    let [one] = listed else {
        let message =
            "a diff is of one file, and this block includes another number";
        return Err((message, "include the newer file, and nothing else"));
    };
    if block.value("since").is_some() {
        let message = "a listing is a diff or has marks, and not both";
        return Err((message, "leave out `diff=` or `since=`"));
    }
    let by_name = matches!(
        one.selection(),
        Selection::Whole | Selection::Anchor(_) | Selection::Joined(_)
    );
    if !by_name || one.word != "include" {
        let message = "a diff is of whole files or of anchors";
        return Err((message, "name the lines by an anchor, in both files"));
    }
    Ok(one)
}

fn no_such_piece(
    page: &Page,
    block: &Block,
    one: &Directive,
    old: &str,
) -> Finding {
    let name = one.name().unwrap_or_default();
    let message = format!("`{old}` has no anchor `{name}` to compare with");
    page.file
        .finding("diff-form", first_line(page, block), message)
        .hint("mark the same lines there, too")
}

fn missing(
    book: &Book,
    page: &Page,
    block: &Block,
    path: &str,
    old: &str,
) -> Finding {
    let folder = Path::new(path).parent();
    let sources = book.sources.iter().map(|file| &*file.path);
    let beside = sources.filter(|one| one.parent() == folder);
    let beside: Vec<_> = beside.map(Path::to_string_lossy).collect();
    let message = format!("`{old}` cannot be read");
    let finding = page
        .file
        .finding("missing-file", first_line(page, block), message)
        .did_you_mean(old, beside.iter().map(|one| &**one));
    match finding.hint {
        Some(_) => finding,
        None => finding.hint(format!("`diff=` names a file beside `{path}`")),
    }
}

fn adds_nothing(page: &Page, block: &Block, old: &str) -> Finding {
    let message = format!("it has no line that `{old}` does not have");
    let hint = "compare it with another file, or show it as it is";
    page.file
        .finding("nothing-new", first_line(page, block), message)
        .hint(hint)
}
