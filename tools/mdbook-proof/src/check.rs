//! The whole check: what is read, which rules it is held to, and what is
//! excused.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    thread,
};

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
        cures, edits, fences,
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
    /// The rows of the tables of cures, by the files that the pages name.
    pub cures: BTreeMap<String, Vec<Vec<String>>>,
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
/// When the proof-reader itself cannot work: the word list, or the file of the
/// read marks, is not of the right form.
pub fn check(book: &Book) -> Result<Report> {
    let mut report = Report::default();
    let words = Words::load(book)?;
    let marks = Marks::load(book)?;
    thread::scope(|scope| {
        // Cargo takes as long to answer, and the code to be read, as the pages
        // do.
        let workspace = scope.spawn(|| Workspace::load(book));
        let index = scope.spawn(|| Index::new(&book.sources));

        let findings = &mut report.findings;
        let pages: Vec<Page> = book.pages.iter().map(Page::parse).collect();
        let included = includes::follow(book, &pages, findings);
        let files = Files::new(book, &pages);
        let introductions = introductions(&files, &included);
        let texts = included.texts().chain(&introductions).map(Page::parse);
        let texts: Vec<Page> = texts.collect();
        let library = Library::new(book, &included);
        let all = pages.iter().chain(&texts);
        let views: Vec<View> =
            all.map(|page| View::new(page, &library)).collect();
        layout::check(book, &pages, &included, findings);

        let workspace = workspace.join().expect("loading does not panic");
        let workspace = workspace.unwrap_or_else(|finding| {
            findings.push(*finding);
            Workspace::default()
        });
        let mut index = index.join().expect("reading does not panic");
        forget_own(&mut index, &workspace);
        let known = Known {
            book,
            index: &index,
            words: &words,
            workspace: &workspace,
            included: &included,
        };
        rules::files::check(&known, &files, &pages, findings);
        check_views(&known, &views, &library, &mut report);
        reading::check(book, &views, &marks, &mut report.findings);
        finish(&known, &views, &mut report);
    });
    Ok(report)
}

/// What our own packages have is not for rustdoc to find.
fn forget_own(index: &mut Index, workspace: &Workspace) {
    index.imports.retain(|_, path| {
        let root = path.split("::").next().unwrap_or_default();
        !workspace
            .targets()
            .any(|target| target.replace('-', "_") == root)
    });
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

/// What stands on the pages, and what their words say of what they show.
fn check_views(
    known: &Known,
    views: &[View],
    library: &Library,
    report: &mut Report,
) {
    for view in views {
        check_page(known, view, report);
    }
    let findings = &mut report.findings;
    if known.has_names() {
        near::check(known, views, findings);
    }
    let (book, index) = (known.book, known.index);
    report.claims = claims::check(book, views, index, library, findings);
    report.proofs = claims::tests(views, index);
    cures::check(known, views, library, report);
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
    edits::check(known.book, page, findings);
}

/// The code, the exceptions of pages and code, and what nobody has used.
fn finish(known: &Known, views: &[View], report: &mut Report) {
    let findings = &mut report.findings;
    let mut allows = Vec::new();
    for view in views {
        allows.extend(allow::of_page(view.page, findings));
    }
    check_sources(known.book, known.included, &mut allows, findings);
    if known.has_names() {
        known.words.check_used(findings);
    }
    settle(known.book, allows, findings);
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
