//! How long a chapter takes, as it says below its heading.

use std::fs;

use anyhow::{Context, Result, ensure};
use mdbook_proof::{Book, finding::File, overwrites, page::Page};

use crate::ROOT;

/// Words that are read in a minute, where many are new.
const WORDS: usize = 160;

/// Minutes for a session that is played, with its predictions and typing.
const SESSION: usize = 2;

/// Minutes for a listing that is read, or typed, and for an edit.
const LISTING: usize = 1;

/// Times are given in steps of so many minutes.
const STEP: usize = 5;

/// What the chapter should say: from its words, sessions, listings and edits.
fn expected(file: &File) -> String {
    let page = Page::parse(file);
    let words = page.texts.iter().map(|range| &file.text[range.clone()]);
    let words: usize = words.map(|text| text.split_whitespace().count()).sum();
    let blocks = page.blocks.iter();
    let work: usize = blocks
        .map(|block| match block.language() {
            "session" => SESSION,
            "rust" | "edit" => LISTING,
            _ => 0,
        })
        .sum();
    let minutes = (words / WORDS + work).next_multiple_of(STEP);
    format!("*About {minutes} minutes.*")
}

/// The chapters of the parts, without the pages below them.
fn chapters(book: &Book) -> Result<Vec<&File>> {
    let summary = fs::read_to_string(book.root.join("book/SUMMARY.md"))?;
    let parts = summary.split("# Appendices").next().unwrap_or_default();
    let names = parts.lines().filter_map(|line| {
        let (_, name) = line.strip_prefix("- [")?.split_once("](")?;
        name.strip_suffix(')')
    });
    // Lists of links take no time.
    let lists = ["exercises.md", "more-exercises.md", "further-reading.md"];
    names
        .filter(|name| !lists.contains(name))
        .map(|name| {
            let is_it = |file: &&File| file.path.ends_with(name);
            let page = book.pages.iter().find(is_it);
            page.with_context(|| format!("there is no {name}"))
        })
        .collect()
}

#[test]
fn every_chapter_says_how_long_it_takes() -> Result<()> {
    let book = Book::load(ROOT)?;
    for file in chapters(&book)? {
        let expected = expected(file);
        let said = file.text.lines().nth(2).unwrap_or_default();
        if overwrites() && said.starts_with("*About ") {
            let text = file.text.replacen(said, &expected, 1);
            fs::write(book.root.join(&file.path), text)?;
            continue;
        }
        let path = file.path.display();
        let says_it = said.starts_with(&expected);
        ensure!(says_it, "{path}:3 must say {expected}");
    }
    Ok(())
}
