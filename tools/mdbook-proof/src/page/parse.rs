//! Taking a page apart, by the parser that mdBook uses.

use std::{ops::Range, sync::LazyLock};

use mdbook_markdown::{
    MarkdownOptions, new_cmark_parser,
    pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd},
};
use regex::Regex;

use super::{Block, Heading, Page, Span};

/// Fills in what the page consists of.
pub(super) fn parse(mut page: Page) -> Page {
    page.comments = comments(&page.file.text);
    let options = MarkdownOptions::default();
    let text = page.file.text.clone();
    let events = new_cmark_parser(&text, &options).into_offset_iter();
    let mut parser = Parser {
        page,
        depth: 0,
        nesting: 0,
        in_block: false,
        in_heading: false,
    };
    for (event, range) in events {
        match event {
            Event::Start(tag) => parser.start(tag, range),
            Event::End(tag) => parser.end(tag),
            Event::Code(code) => {
                parser.say(&code);
                parser.page.spans.push(span(&text, range));
            }
            Event::Text(words) if !parser.in_block => {
                parser.say(&words);
                parser.page.texts.push(range);
            }
            Event::Html(_) | Event::InlineHtml(_) => {
                parser.page.html.push(range);
            }
            _ => {}
        }
    }
    parser.page
}

/// A page, and where in it the parser is.
struct Parser<'a> {
    page: Page<'a>,
    depth: usize,
    nesting: usize,
    in_block: bool,
    in_heading: bool,
}

impl Parser<'_> {
    /// Adds to the words of the heading, if this is one.
    fn say(&mut self, words: &str) {
        let heading = self.page.headings.last_mut();
        if let Some(heading) = heading.filter(|_| self.in_heading) {
            heading.title.push_str(words);
        }
    }

    fn start(&mut self, tag: Tag, range: Range<usize>) {
        if self.depth == 0 {
            self.page.outermost.push(range.clone());
        }
        self.depth += 1;
        match tag {
            Tag::Item
            | Tag::BlockQuote(_)
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionListDefinition => {
                self.nesting += 1;
                self.page.containers.push(range.clone());
                self.page.paragraphs.push(range);
            }
            Tag::CodeBlock(kind) => {
                self.in_block = true;
                let text = &self.page.file.text;
                let block = block(text, range, &kind, self.nesting);
                self.page.blocks.push(block);
            }
            Tag::Heading { id, .. } => {
                self.in_heading = true;
                self.page.headings.push(Heading {
                    range,
                    title: String::new(),
                    id: id.map(|id| id.into_string()),
                });
            }
            Tag::Paragraph | Tag::TableCell => {
                self.page.paragraphs.push(range);
            }
            Tag::Link { dest_url, .. } => {
                self.page.links.push((dest_url.into_string(), range));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        self.depth -= 1;
        match tag {
            TagEnd::Item
            | TagEnd::BlockQuote(_)
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionListDefinition => self.nesting -= 1,
            TagEnd::CodeBlock => self.in_block = false,
            TagEnd::Heading(_) => self.in_heading = false,
            _ => {}
        }
    }
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
    let closing = body[last..].trim_start_matches(['>', ' ', '\t']).trim_end();
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
        text: text[range.clone()].trim().replace('\n', " "),
        range,
        doubled: ticks == 2,
    }
}
