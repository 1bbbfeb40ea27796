//! A proof-reader for mdBook: a page that is wrong does not build.
//!
//! [`check`] reads a book as its author wrote it and returns what is wrong
//! with it. [`preprocess`] does the same for mdBook, and gives the listings
//! their captions and the sessions their terminals. With the feature
//! `sessions`, `session::run` runs the sessions; with `site`, `site::check`
//! builds the book and follows its links.
//!
//! The README lists the rules.

use std::{collections::BTreeSet, env, path::Path, thread};

use anyhow::Result;

pub mod book;
pub mod commands;
pub mod compile;
pub mod constants;
pub mod docs;
pub mod files;
pub mod finding;
pub mod index;
pub mod items;
pub mod page;
pub mod place;
pub mod preprocess;
pub mod rules;
pub mod session;
#[cfg(feature = "site")]
pub mod site;
pub mod source;
pub mod words;

mod allow;
mod shell;

pub use book::Book;
pub use finding::{Finding, render};

use book::relative;
use docs::introduction;
use files::Files;
use finding::File;
use index::Index;
use page::Page;
use rules::{
    anchors, cargo::Workspace, fences, includes, includes::Included, layout,
    names, names::Known, numbers, sessions,
};
use words::Words;

/// Whether `PROOF=overwrite` is set: then what really happens is to be written
/// into the book, and not compared with it.
pub fn overwrites() -> bool {
    env::var("PROOF").is_ok_and(|value| value == "overwrite")
}

/// What reading a book has brought to light.
#[derive(Debug, Default)]
pub struct Report {
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
    /// The full paths of the items of other crates that the pages name, for
    /// [`items::prove`].
    pub foreign: BTreeSet<String>,
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
    // Cargo takes as long to answer as the files take to be read.
    let (workspace, index, pages) = thread::scope(|scope| {
        let workspace = scope.spawn(|| Workspace::load(book));
        let mut index = Index::new(&book.sources);
        let pages: Vec<Page> = book.pages.iter().map(Page::parse).collect();
        let workspace = workspace.join().expect("loading does not panic");
        let workspace = workspace.unwrap_or_else(|finding| {
            findings.push(*finding);
            Workspace::unknown()
        });
        // What our own packages have is not for rustdoc to find.
        index.imports.retain(|_, path| {
            let root = path.split("::").next().unwrap_or_default();
            !workspace
                .targets()
                .any(|target| target.replace('-', "_") == root)
        });
        (workspace, index, pages)
    });

    layout::check(book, findings);
    let mut included = Included::default();
    for page in &pages {
        includes::check(book, page, &mut included, findings);
    }
    let known = Known {
        book,
        index: &index,
        words: &words,
        workspace: &workspace,
        included: &included,
    };
    // Markdown that a page includes is as good as typed there.
    let texts = included.files.values().filter(|file| {
        file.path.extension().is_some_and(|ending| ending == "md")
    });
    let files = Files::new(book, &pages);
    let introductions = introductions(&files, &included);
    let texts: Vec<Page> =
        texts.chain(&introductions).map(Page::parse).collect();
    let mut allows = Vec::new();
    // Without crates there is nothing that the names could be.
    let names_are_known =
        !book.settings.crates.is_empty() && workspace.is_known();
    for page in pages.iter().chain(&texts) {
        fences::check(book, page, &included, findings);
        if names_are_known {
            names::check(&known, page, &mut report.foreign, findings);
        }
        numbers::check(book, page, &index, &words, findings);
        sessions::check(&known, page, findings);
        allows.extend(allow::of_page(page, findings));
    }
    rules::files::check(&known, &files, &pages, findings);
    let others = included.files.values().filter(|file| {
        !book.sources.iter().any(|source| source.path == file.path)
    });
    for file in book.sources.iter().chain(others) {
        anchors::check(file, &included, findings);
        allows.extend(allow::of_source(file, findings));
    }
    if names_are_known {
        words.check_used(findings);
    }
    allow::apply(allows, findings);
    let allowed = &book.settings.allow;
    findings.retain(|finding| !allowed.iter().any(|rule| rule == finding.rule));
    Ok(report)
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
