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
    /// The tests that the pages name as their proofs. Whether they run is for
    /// cargo to say.
    pub proofs: BTreeSet<String>,
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
    let Material {
        workspace,
        index,
        pages,
        included,
    } = read(book, findings);
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
    let library = Library::new(book, &included);
    let pages = pages.iter().chain(&texts);
    let views: Vec<View> =
        pages.map(|page| View::new(page, &library)).collect();
    let mut allows = Vec::new();
    for view in &views {
        check_page(&known, view, &mut report);
        allows.extend(allow::of_page(view.page, &mut report.findings));
    }
    check_words(&known, &views, &library, &mut report)?;
    check_sources(book, &included, &mut allows, &mut report.findings);
    if known.has_names() {
        words.check_used(&mut report.findings);
    }
    settle(book, allows, &mut report.findings);
    Ok(report)
}

/// Everything that the rules need to know.
struct Material<'a> {
    workspace: Workspace,
    index: Index,
    pages: Vec<Page<'a>>,
    included: Included,
}

/// Reads it all. Cargo takes as long to answer, and the code to be read, as
/// the pages do.
fn read<'a>(book: &'a Book, findings: &mut Vec<Finding>) -> Material<'a> {
    thread::scope(|scope| {
        let workspace = scope.spawn(|| Workspace::load(book));
        let index = scope.spawn(|| Index::new(&book.sources));
        let pages: Vec<Page> = book.pages.iter().map(Page::parse).collect();
        let included = includes::follow(book, &pages, findings);
        let workspace = workspace.join().expect("loading does not panic");
        let workspace = workspace.unwrap_or_else(|finding| {
            findings.push(*finding);
            Workspace::default()
        });
        let mut index = index.join().expect("reading does not panic");
        // What our own packages have is not for rustdoc to find.
        index.imports.retain(|_, path| {
            let root = path.split("::").next().unwrap_or_default();
            !workspace
                .targets()
                .any(|target| target.replace('-', "_") == root)
        });
        Material {
            workspace,
            index,
            pages,
            included,
        }
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

fn check_page(known: &Known, view: &View, report: &mut Report) {
    let page = view.page;
    let findings = &mut report.findings;
    fences::check(known.book, view, known.included, findings);
    if known.has_names() {
        names::check(known, view, &mut report.foreign, findings);
    }
    numbers::check(known.book, page, known.index, known.words, findings);
    sessions::check(known, page, findings);
}

/// What the words of the pages say of what they show.
fn check_words(
    known: &Known,
    views: &[View],
    library: &Library,
    report: &mut Report,
) -> Result<()> {
    let (book, index) = (known.book, known.index);
    let findings = &mut report.findings;
    if known.has_names() {
        near::check(known, views, findings);
    }
    reading::check(book, views, &Marks::load(book)?, findings);
    report.claims = claims::check(book, views, index, library, findings);
    report.proofs = claims::tests(views, index);
    Ok(())
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
