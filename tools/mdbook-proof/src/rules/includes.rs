//! Directives: what mdBook would show as literal text, or not show at all.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{
    book::Book,
    diff,
    finding::{File, Finding},
    page::{Directive, Page, path_of},
    profile::Level,
    rules::{lines, lookalikes},
};

/// The files that pages include, by their paths, each read once.
#[derive(Debug, Default)]
pub struct Included {
    /// The files.
    pub files: BTreeMap<String, File>,
    /// The anchors that are shown: path and name.
    pub shown: Vec<(String, String)>,
    /// The files that are as good as typed on a page: markdown that is
    /// included, and not in a code block.
    texts: BTreeSet<String>,
}

impl Included {
    /// The files that are as good as typed on a page.
    pub fn texts(&self) -> impl Iterator<Item = &File> {
        self.texts.iter().filter_map(|path| self.files.get(path))
    }
}

/// Checks every directive of the pages, and of the texts that they include.
pub fn follow(
    book: &Book,
    pages: &[Page],
    findings: &mut Vec<Finding>,
) -> Included {
    let mut included = Included::default();
    let mut unread = Vec::new();
    for page in pages {
        unread.extend(check(book, page, &mut included, findings));
    }
    while let Some(file) = unread.pop() {
        let page = Page::parse(&file);
        unread.extend(check(book, &page, &mut included, findings));
    }
    included
}

/// Checks every directive of a page, notes what it includes, and returns the
/// texts that were not known before.
fn check(
    book: &Book,
    page: &Page,
    included: &mut Included,
    findings: &mut Vec<Finding>,
) -> Vec<File> {
    lookalikes::check(page, findings);
    let mut texts = Vec::new();
    let directives = page.directives().into_iter();
    for directive in directives.filter(|one| one.word != "title") {
        if let Err(finding) = check_one(book, page, &directive, included) {
            findings.push(*finding);
        }
        let path = path_of(page.file, &directive);
        let is_text = path.ends_with(".md")
            && page.block_at(directive.range.start).is_none();
        if is_text && included.texts.insert(path.clone()) {
            texts.extend(included.files.get(&path).cloned());
        }
    }
    compared(book, page, included);
    texts
}

/// Reads the files to which listings add: they are shown as well, as far as
/// they differ.
fn compared(book: &Book, page: &Page, included: &mut Included) {
    for path in diff::others(page) {
        if let Ok(file) = book.read(&path) {
            included.files.entry(path).or_insert(file);
        }
    }
}

fn check_one(
    book: &Book,
    page: &Page,
    directive: &Directive,
    included: &mut Included,
) -> Result<(), Box<Finding>> {
    spaced(page, directive)?;
    let path = path_of(page.file, directive);
    outside(book, page, directive, &path)?;
    if !included.files.contains_key(&path) {
        let file = book
            .read(&path)
            .map_err(|_| no_file(book, page, directive, &path))?;
        included.files.insert(path.clone(), file);
    }
    if let Some(name) = &directive.anchor {
        included.shown.push((path.clone(), name.clone()));
    }
    let file = &included.files[&path];
    lines::check(page, directive, file)?;
    nested(page, directive, file)
}

fn spaced(page: &Page, directive: &Directive) -> Result<(), Box<Finding>> {
    if directive.rest.is_empty() {
        return Ok(());
    }
    let message = match directive.anchor.as_deref() {
        None | Some("") => "with a space in it, mdBook includes the whole file",
        Some(_) => "mdBook ignores what comes after the space",
    };
    let span = directive.range.clone();
    Err(Box::new(page.file.finding(
        "space-in-directive",
        span,
        message,
    )))
}

/// Where it is allowed to be elsewhere, the file is still to be read.
fn outside(
    book: &Book,
    page: &Page,
    directive: &Directive,
    path: &str,
) -> Result<(), Box<Finding>> {
    const RULE: &str = "include-outside";
    let is_outside = path.starts_with("..") || Path::new(path).is_absolute();
    if !is_outside || book.settings.level(RULE) == Level::Allow {
        return Ok(());
    }
    let message = format!("`{path}` is outside the book's folder");
    let span = directive.range.clone();
    Err(Box::new(page.file.finding(RULE, span, message)))
}

fn no_file(
    book: &Book,
    page: &Page,
    directive: &Directive,
    path: &str,
) -> Box<Finding> {
    let sources = book.sources.iter().map(|file| file.path.to_string_lossy());
    let candidates: Vec<_> = sources.collect();
    let message = format!("`{path}` cannot be read");
    Box::new(
        page.file
            .finding("missing-file", directive.range.clone(), message)
            .did_you_mean(path, candidates.iter().map(|path| &**path)),
    )
}

/// A single line can stand anywhere.
fn nested(
    page: &Page,
    directive: &Directive,
    file: &File,
) -> Result<(), Box<Finding>> {
    if !page.is_nested(directive.range.start)
        || lines::count(directive, file) < 2
    {
        return Ok(());
    }
    let message = "inside a list or a quotation, mdBook indents only the first \
                   line that it includes";
    let span = directive.range.clone();
    Err(Box::new(
        page.file
            .finding("nested-include", span, message)
            .hint("move the block to the left margin"),
    ))
}
