//! Notes for the proof-reader: what a section is about, and what proves its
//! sentences.
//!
//! `<!-- about: FILE -->` names a file, or an anchor in it, that the words of
//! the section are about and that the page does not show.
//! `<!-- proof: a_test -->` stands behind a sentence that the test proves.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::{book::Book, page::Page};

/// What a note says.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// The section is about this file, or this anchor of a file.
    About(String),
    /// These tests prove what is said.
    Proof(Vec<Proof>),
    /// The session of the section proves it.
    Session,
    /// Nothing proves it, and why.
    None(String),
    /// Here stands a table of all claims.
    Table,
    /// Here stands a table of the cures in this file.
    Cures(String),
}

/// A test that proves something.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// Its file, if the note names one.
    pub path: Option<String>,
    /// The name of its function.
    pub test: String,
}

impl Proof {
    /// The file that has the test: the one that the note names, or the first
    /// that defines such a function.
    pub fn file(&self, book: &Book) -> Option<String> {
        if let Some(path) = &self.path {
            return Some(path.clone());
        }
        let file = book.file_with(&self.test)?;
        Some(file.to_string_lossy().into_owned())
    }
}

static NOTE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)^<!--\s*(about|proof):\s*(.*?)\s*-->$").unwrap()
});

/// The notes of a page, and where they stand.
pub fn notes(page: &Page) -> Vec<(Range<usize>, Note)> {
    let comments = page.comments.iter();
    let comments =
        comments.filter(|comment| page.block_at(comment.start).is_none());
    comments
        .filter_map(|range| {
            let text = &page.file.text[range.clone()];
            Some((range.clone(), parse(text)?))
        })
        .collect()
}

/// Reads a comment as a note. An exception is none.
pub fn parse(comment: &str) -> Option<Note> {
    let found = NOTE.captures(comment)?;
    let said = found[2].split_whitespace().collect::<Vec<_>>().join(" ");
    if &found[1] == "about" {
        return Some(Note::About(said));
    }
    if said.starts_with("allow(") {
        return None;
    }
    match &*said {
        "session" => return Some(Note::Session),
        "table" => return Some(Note::Table),
        _ => {}
    }
    if let Some(reason) = said.strip_prefix("none") {
        return Some(Note::None(reason.trim().to_owned()));
    }
    if let Some(path) = said.strip_prefix("cures ") {
        return Some(Note::Cures(path.to_owned()));
    }
    Some(Note::Proof(said.split(',').map(proof).collect()))
}

/// A test, and its file before it, if there is one.
fn proof(said: &str) -> Proof {
    let said = said.trim();
    let (path, test) = match said.rsplit_once(' ') {
        Some((path, test)) => (Some(path.trim().to_owned()), test),
        None => (None, said),
    };
    Proof {
        path,
        test: test.to_owned(),
    }
}
