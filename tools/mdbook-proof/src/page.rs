//! What a page consists of: fences, code spans, running text, comments, and
//! the directives that mdBook will look for.

use std::ops::Range;

use crate::finding::File;

mod parse;

pub use crate::directive::{
    DIRECTIVES, Directive, directives, escapes, path_of,
};

/// A page, taken apart. All positions are bytes of the page's text.
#[derive(Debug)]
pub struct Page<'a> {
    /// The page's file.
    pub file: &'a File,
    /// Its code blocks.
    pub blocks: Vec<Block>,
    /// Its inline code, without the backticks.
    pub spans: Vec<Span>,
    /// Its running text, in the pieces between markup.
    pub texts: Vec<Range<usize>>,
    /// Its HTML comments, as a whole.
    pub comments: Vec<Range<usize>>,
    /// Where its links lead, and where they stand.
    pub links: Vec<(String, Range<usize>)>,
    /// The outermost blocks: paragraphs, lists, fences and so on.
    pub outermost: Vec<Range<usize>>,
    /// Items of lists, quotations, footnotes and definitions.
    pub containers: Vec<Range<usize>>,
    /// Its headings.
    pub headings: Vec<Heading>,
    /// Paragraphs, items of lists and cells of tables: what sentences stand
    /// in.
    pub paragraphs: Vec<Range<usize>>,
    /// Its HTML, in pieces as the parser finds them.
    pub html: Vec<Range<usize>>,
}

/// A heading.
#[derive(Debug)]
pub struct Heading {
    /// The bytes of its line.
    pub range: Range<usize>,
    /// Its words.
    pub title: String,
    /// The id that its author has given it.
    pub id: Option<String>,
}

/// A code block.
#[derive(Debug)]
pub struct Block {
    /// From the opening fence to the end of the closing one.
    pub range: Range<usize>,
    /// What stands between the fences.
    pub content: Range<usize>,
    /// The words after the opening fence; `None` for an indented block.
    pub info: Option<String>,
    /// Whether it stands inside a list or a quotation.
    pub nested: bool,
    /// Whether it has a closing fence.
    pub closed: bool,
}

impl Block {
    /// The language that the block names, `rust` for instance.
    pub fn language(&self) -> &str {
        let info = self.info.as_deref().unwrap_or_default();
        info.split([' ', '\t', ',']).next().unwrap_or_default()
    }

    /// Whether one of the words behind the language is this one.
    pub fn says(&self, word: &str) -> bool {
        let info = self.info.as_deref().unwrap_or_default();
        info.split([' ', '\t', ',']).skip(1).any(|one| one == word)
    }

    /// What one of the words behind the language says: `b` if it is `word=b`.
    pub fn value(&self, word: &str) -> Option<&str> {
        let info = self.info.as_deref().unwrap_or_default();
        let mut words = info.split([' ', '\t', ',']).skip(1);
        words.find_map(|one| one.strip_prefix(word)?.strip_prefix('='))
    }

    /// Whether rustdoc would take the block for Rust.
    pub fn is_rust(&self) -> bool {
        let info = self.info.as_deref().unwrap_or_default();
        let mut words = info.split([' ', '\t', ',']).filter(|w| !w.is_empty());
        words.next().is_some_and(|word| {
            const WORDS: [&str; 6] = [
                "rust",
                "ignore",
                "no_run",
                "should_panic",
                "compile_fail",
                "editable",
            ];
            WORDS.contains(&word) || word.starts_with("edition")
        })
    }
}

/// Inline code.
#[derive(Debug)]
pub struct Span {
    /// The bytes between the backticks.
    pub range: Range<usize>,
    /// What they say.
    pub text: String,
    /// Whether there are two backticks on each side: an author's word that
    /// the page does not show this.
    pub doubled: bool,
}

impl<'a> Page<'a> {
    /// Takes the page apart as mdBook would.
    pub fn parse(file: &'a File) -> Page<'a> {
        let page = Page {
            file,
            blocks: Vec::new(),
            spans: Vec::new(),
            texts: Vec::new(),
            comments: Vec::new(),
            links: Vec::new(),
            outermost: Vec::new(),
            containers: Vec::new(),
            headings: Vec::new(),
            paragraphs: Vec::new(),
            html: Vec::new(),
        };
        parse::parse(page)
    }

    /// The code block in which the byte `at` stands.
    pub fn block_at(&self, at: usize) -> Option<&Block> {
        self.blocks.iter().find(|block| block.range.contains(&at))
    }

    /// Whether the byte `at` stands in a list, a quotation or the like.
    pub fn is_nested(&self, at: usize) -> bool {
        self.containers.iter().any(|range| range.contains(&at))
    }

    /// The text of these bytes without what is hidden in them, with one space
    /// between its words.
    pub fn words<'r>(
        &self,
        range: &Range<usize>,
        hidden: impl IntoIterator<Item = &'r Range<usize>>,
    ) -> String {
        let mut cuts: Vec<&Range<usize>> = hidden
            .into_iter()
            .filter(|cut| cut.start < range.end && range.start < cut.end)
            .collect();
        cuts.sort_by_key(|cut| cut.start);
        let mut text = String::new();
        let mut at = range.start;
        for cut in cuts {
            text += self.file.text.get(at..cut.start).unwrap_or_default();
            at = at.max(cut.end);
        }
        text += self.file.text.get(at..range.end).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Every directive that mdBook will understand.
    pub fn directives(&self) -> Vec<Directive> {
        directives(&self.file.text)
    }
}
