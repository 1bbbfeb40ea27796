//! The whole check: what is read, which rules it is held to, and what is
//! excused.

use std::{collections::BTreeSet, path::Path, thread};

use anyhow::Result;

use crate::{
    allow::{self, Allow},
    book::{Book, relative},
    docs::introduction,
    files::Files,
    finding::{File, Finding},
    index::Index,
    marks::Marks,
    page::Page,
    profile::Level,
    reading,
    rules::{
        self, anchors,
        claims::{self, Claims},
        fences,
        includes::{self, Included},
        layout,
        names::{self, Known},
        near, numbers, sessions,
    },
    view::{Library, View},
    words::Words,
    workspace::Workspace,
};

/// What reading a book has brought to light.
#[derive(Debug, Default)]
pub struct Report {
    /// Everything that is wrong, or may be.
    pub findings: Vec<Finding>,
    /// The full paths of the items of other crates that the pages name, for
    /// [`crate::items::prove`].
    pub foreign: BTreeSet<String>,
    /// What the pages claim, as far as they are held to it.
    pub claims: Vec<Claims>,
}

impl Report {
    /// Whether the book must not be built like this.
    pub fn is_fatal(&self) -> bool {
        self.findings.iter().any(|one| one.level == Level::Deny)
    }
}

/// Reads the whole book, and returns everything that is wrong with it.
///
/// # Errors
///
/// When the proof-reader itself cannot work: the word list cannot be read.
pub fn check(book: &Book) -> Result<Report> {
    let mut report = Report::default();
    let findings = &mut report.findings;
    let words = Words::load(book)?;
    let (workspace, index, pages) = read(book, findings);
    let included = includes::follow(book, &pages, findings);
    layout::check(book, &pages, &included, findings);
    let known = Known {
        book,
        index: &index,
        words: &words,
        workspace: &workspace,
        included: &included,
    };
    let files = Files::new(book, &pages);
    rules::files::check(&known, &files, &pages, findings);
    let introductions = introductions(&files, &included);
    let texts = included.texts().chain(&introductions).map(Page::parse);
    let texts: Vec<Page> = texts.collect();
    let mut allows = Vec::new();
    for page in pages.iter().chain(&texts) {
        check_page(&known, page, &mut report);
        allows.extend(allow::of_page(page, &mut report.findings));
    }
    report.claims =
        check_views(&known, pages.iter().chain(&texts), &mut report.findings)?;
    check_sources(book, &included, &mut allows, &mut report.findings);
    if known.has_names() {
        words.check_used(&mut report.findings);
    }
    settle(book, allows, &mut report.findings);
    Ok(report)
}

/// Everything that the rules need to know. Cargo takes as long to answer as
/// the files take to be read.
fn read<'a>(
    book: &'a Book,
    findings: &mut Vec<Finding>,
) -> (Workspace, Index, Vec<Page<'a>>) {
    thread::scope(|scope| {
        let workspace = scope.spawn(|| Workspace::load(book));
        let mut index = Index::new(&book.sources);
        let pages = book.pages.iter().map(Page::parse).collect();
        let workspace = workspace.join().expect("loading does not panic");
        let workspace = workspace.unwrap_or_else(|finding| {
            findings.push(*finding);
            Workspace::default()
        });
        // What our own packages have is not for rustdoc to find.
        index.imports.retain(|_, path| {
            let root = path.split("::").next().unwrap_or_default();
            !workspace
                .targets()
                .any(|target| target.replace('-', "_") == root)
        });
        (workspace, index, pages)
    })
}

/// What the pages of whole files say, as if somebody had written these pages.
/// The comment stands for the file, whose names the page shows.
fn introductions(files: &Files, included: &Included) -> Vec<File> {
    let introduced = files.with_page().filter_map(|path| {
        let text = introduction(&included.files.get(path)?.text)?;
        let page = files.page(path)?;
        let way = relative(page, Path::new(path));
        let text = format!("{text}\n\n<!-- {{{{#include {way}}}}} -->\n");
        Some(File::new(page, text))
    });
    introduced.collect()
}

fn check_page(known: &Known, page: &Page, report: &mut Report) {
    let findings = &mut report.findings;
    fences::check(known.book, page, known.included, findings);
    if known.has_names() {
        names::check(known, page, &mut report.foreign, findings);
    }
    numbers::check(known.book, page, known.index, known.words, findings);
    sessions::check(known, page, findings);
}

/// What the words of the pages say of what they show.
fn check_views<'a>(
    known: &Known,
    pages: impl Iterator<Item = &'a Page<'a>>,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Claims>> {
    let (book, index) = (known.book, known.index);
    let library = Library::new(book, known.included);
    let views: Vec<View> =
        pages.map(|page| View::new(page, &library)).collect();
    if known.has_names() {
        near::check(known, &views, findings);
    }
    reading::check(book, &views, &Marks::load(book)?, findings);
    Ok(claims::check(book, &views, index, &library, findings))
}

/// The code of the crates, and whatever else the pages include.
fn check_sources(
    book: &Book,
    included: &Included,
    allows: &mut Vec<Allow>,
    findings: &mut Vec<Finding>,
) {
    let others = included.files.values().filter(|file| {
        !book.sources.iter().any(|source| source.path == file.path)
    });
    for file in book.sources.iter().chain(others) {
        anchors::check(file, included, findings);
        allows.extend(allow::of_source(file, findings));
    }
}

/// Gives the findings their levels, and takes away what is allowed.
fn settle(book: &Book, allows: Vec<Allow>, findings: &mut Vec<Finding>) {
    let level = |rule: &str| book.settings.level(rule);
    allow::apply(allows, |rule| level(rule) != Level::Allow, findings);
    for finding in findings.iter_mut() {
        finding.level = level(finding.rule);
    }
    findings.retain(|finding| finding.level != Level::Allow);
}
