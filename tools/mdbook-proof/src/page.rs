//! What a page consists of: fences, code spans, running text, comments, and
//! the directives that mdBook will look for.

use std::{ops::Range, path::Path, sync::LazyLock};

use mdbook_markdown::{
    MarkdownOptions, new_cmark_parser,
    pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd},
};
use regex::Regex;

use crate::{book::normalize, finding::File};

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
    /// The outermost blocks: paragraphs, lists, fences and so on.
    pub outermost: Vec<Range<usize>>,
    /// Items of lists, quotations, footnotes and definitions.
    pub containers: Vec<Range<usize>>,
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
}

/// A directive of mdBook, such as `{{#include path:anchor}}`.
#[derive(Debug)]
pub struct Directive {
    /// All of it, with its braces.
    pub range: Range<usize>,
    /// `include` or one of its relatives.
    pub word: String,
    /// The file that it names, as written.
    pub path: String,
    /// What stands behind the colon: the name of an anchor, or line numbers.
    pub anchor: Option<String>,
}

/// The words that mdBook knows.
pub const DIRECTIVES: [&str; 5] = [
    "include",
    "rustdoc_include",
    "playground",
    "playpen",
    "title",
];

impl<'a> Page<'a> {
    /// Takes the page apart as mdBook would.
    pub fn parse(file: &'a File) -> Page<'a> {
        let text = &*file.text;
        let mut page = Page {
            file,
            blocks: Vec::new(),
            spans: Vec::new(),
            texts: Vec::new(),
            comments: comments(text),
            outermost: Vec::new(),
            containers: Vec::new(),
        };
        let mut depth = 0;
        let mut nesting = 0;
        let mut in_block = false;
        let options = MarkdownOptions::default();
        for (event, range) in
            new_cmark_parser(text, &options).into_offset_iter()
        {
            match event {
                Event::Start(tag) => {
                    if depth == 0 {
                        page.outermost.push(range.clone());
                    }
                    depth += 1;
                    match tag {
                        Tag::Item
                        | Tag::BlockQuote(_)
                        | Tag::FootnoteDefinition(_)
                        | Tag::DefinitionListDefinition => {
                            nesting += 1;
                            page.containers.push(range);
                        }
                        Tag::CodeBlock(kind) => {
                            in_block = true;
                            page.blocks
                                .push(block(text, range, &kind, nesting));
                        }
                        _ => {}
                    }
                }
                Event::End(tag) => {
                    depth -= 1;
                    match tag {
                        TagEnd::Item
                        | TagEnd::BlockQuote(_)
                        | TagEnd::FootnoteDefinition
                        | TagEnd::DefinitionListDefinition => nesting -= 1,
                        TagEnd::CodeBlock => in_block = false,
                        _ => {}
                    }
                }
                Event::Code(_) => page.spans.push(span(text, range)),
                Event::Text(_) if !in_block => page.texts.push(range),
                _ => {}
            }
        }
        page
    }

    /// The code block in which the byte `at` stands.
    pub fn block_at(&self, at: usize) -> Option<&Block> {
        self.blocks.iter().find(|block| block.range.contains(&at))
    }

    /// Whether the byte `at` stands in a list, a quotation or the like.
    pub fn is_nested(&self, at: usize) -> bool {
        self.containers.iter().any(|range| range.contains(&at))
    }

    /// Every directive that mdBook will understand.
    pub fn directives(&self) -> Vec<Directive> {
        directives(&self.file.text)
    }
}

/// Every directive in `text` that mdBook understands, escaped ones left out.
pub fn directives(text: &str) -> Vec<Directive> {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(\\?)\{\{\s*#([a-zA-Z0-9_]+)\s+([^}\n]+)\}\}").unwrap()
    });
    PATTERN
        .captures_iter(text)
        // A backslash keeps mdBook off, but only right before the braces and
        // the hash.
        .filter(|found| found[1].is_empty() || !found[0].starts_with("\\{{#"))
        .filter(|found| DIRECTIVES.contains(&&found[2]))
        .map(|found| {
            let argument = found[3].trim_end();
            // A playground takes the whole file, and words about it.
            let argument = match &found[2] {
                "playground" | "playpen" => {
                    argument.split(' ').next().unwrap_or_default()
                }
                _ => argument,
            };
            let (path, anchor) = match argument.split_once(':') {
                Some((path, anchor)) => (path, Some(anchor.to_owned())),
                None => (argument, None),
            };
            Directive {
                range: found.get_match().range(),
                word: found[2].to_owned(),
                path: path.to_owned(),
                anchor,
            }
        })
        .collect()
}

/// The file that a directive of the page names, relative to the book's root.
pub fn path_of(page: &File, directive: &Directive) -> String {
    let folder = page.path.parent().unwrap_or(Path::new(""));
    normalize(&folder.join(&directive.path))
        .to_string_lossy()
        .into_owned()
}

fn comments(text: &str) -> Vec<Range<usize>> {
    static PATTERN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?s)<!--.*?-->").unwrap());
    PATTERN.find_iter(text).map(|found| found.range()).collect()
}

fn block(
    text: &str,
    range: Range<usize>,
    kind: &CodeBlockKind,
    nesting: usize,
) -> Block {
    let body = &text[range.clone()];
    let CodeBlockKind::Fenced(info) = kind else {
        return Block {
            content: range.clone(),
            range,
            info: None,
            nested: nesting > 0,
            closed: true,
        };
    };
    let first = body.find('\n').map_or(body.len(), |at| at + 1);
    let fence: String =
        body.chars().take_while(|c| "`~".contains(*c)).collect();
    let last = body.trim_end().rfind('\n').map_or(0, |at| at + 1);
    let closing = body[last..].trim_start_matches(['>', ' ']).trim_end();
    let closed = last >= first
        && closing.len() >= fence.len()
        && closing.chars().all(|c| fence.starts_with(c));
    let end = if closed { last } else { body.len() };
    Block {
        content: range.start + first..range.start + end.max(first),
        range,
        info: Some(info.to_string()),
        nested: nesting > 0,
        closed,
    }
}

fn span(text: &str, range: Range<usize>) -> Span {
    let code = &text[range.clone()];
    let ticks = code.chars().take_while(|c| *c == '`').count();
    let range = range.start + ticks..range.end - ticks;
    Span {
        text: text[range.clone()].trim().to_owned(),
        range,
    }
}
