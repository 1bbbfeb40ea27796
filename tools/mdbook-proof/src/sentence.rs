//! Sentences: the running text of a page, cut where a full stop ends one.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::{code::says, page::Page};

/// A sentence of a page.
#[derive(Debug, Clone)]
pub struct Sentence {
    /// Its bytes, with the notes behind it.
    pub range: Range<usize>,
    /// The paragraph that it belongs to.
    pub paragraph: Range<usize>,
}

/// The sentences of a page, in their order. Headings and blocks have none.
pub fn sentences(page: &Page) -> Vec<Sentence> {
    let innermost = page.paragraphs.iter().filter(|outer| {
        let inside = |one: &&Range<usize>| {
            one != outer && outer.start <= one.start && one.end <= outer.end
        };
        !page.paragraphs.iter().any(|one| inside(&one))
    });
    let mut found: Vec<Sentence> =
        innermost.flat_map(|range| cut(page, range)).collect();
    found.sort_by_key(|one| one.range.start);
    found
}

fn cut(page: &Page, paragraph: &Range<usize>) -> Vec<Sentence> {
    let text = &page.file.text;
    let mut found = Vec::new();
    let mut start = paragraph.start;
    for (at, c) in text[paragraph.clone()].char_indices() {
        let at = paragraph.start + at;
        if at < start || !matches!(c, '.' | '!' | '?') || is_hidden(page, at) {
            continue;
        }
        if let Some(end) = end(page, at + c.len_utf8(), paragraph.end) {
            found.push(start..end);
            start = end;
        }
    }
    found.push(start..paragraph.end);
    let is_text = |range: &Range<usize>| !text[range.clone()].trim().is_empty();
    let sentences = found.into_iter().filter(is_text).map(|range| Sentence {
        range,
        paragraph: paragraph.clone(),
    });
    sentences.collect()
}

/// Whether the byte stands in inline code, or in a note.
fn is_hidden(page: &Page, at: usize) -> bool {
    let spans = page.spans.iter().map(|span| &span.range);
    let mut hidden = spans.chain(&page.comments);
    hidden.any(|range| range.contains(&at))
}

/// Where a sentence ends whose last mark stands before `at`: behind closing
/// quotes and notes. It does not end if small letters follow.
fn end(page: &Page, at: usize, last: usize) -> Option<usize> {
    let text = &page.file.text;
    let mut end = at;
    let mut is_apart = false;
    loop {
        let rest = &text[end..last];
        if let Some(note) = page.comments.iter().find(|one| one.start == end) {
            end = note.end;
            is_apart = true;
            continue;
        }
        let next = rest.chars().next()?;
        if next.is_whitespace() {
            let after = rest.trim_start();
            let skipped = end + rest.len() - after.len();
            if page.comments.iter().any(|one| one.start == skipped) {
                end = skipped;
                continue;
            }
            let begins = after.chars().next()?;
            return (!begins.is_lowercase()).then_some(end);
        }
        if !")\"'*_]”’".contains(next) || is_apart {
            return None;
        }
        end += next.len_utf8();
    }
}

impl Sentence {
    /// Where its first word begins.
    pub fn start(&self, page: &Page) -> usize {
        let text = &page.file.text[self.range.clone()];
        self.range.end - text.trim_start().len()
    }

    /// Its words, without notes and with one space between them.
    pub fn words(&self, page: &Page) -> String {
        page.words(&self.range, &page.comments)
    }

    /// The same, with the words of its links alone, and without the mark of a
    /// list.
    pub fn plain(&self, page: &Page) -> String {
        static LINK: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"\[([^\]]*)\]\([^)]*\)").unwrap());
        let words = self.words(page);
        let words = words.trim_start_matches(['-', ' ']);
        LINK.replace_all(words, "$1").into_owned()
    }

    /// Whether it has one of these words in it, outside of inline code.
    pub fn says_any(&self, page: &Page, words: &[String]) -> bool {
        let code = page.spans.iter().map(|span| &span.range);
        let text = page.words(&self.range, code.chain(&page.comments));
        let text = text.to_lowercase();
        words.iter().any(|word| says(&text, word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::File;

    fn cut(text: &str) -> Vec<String> {
        let file = File::new("a.md", text);
        let page = Page::parse(&file);
        let found = sentences(&page);
        found.iter().map(|one| one.words(&page)).collect()
    }

    #[test]
    fn a_full_stop_ends_a_sentence() {
        let text = "# A heading.\n\nIt is so. `loop` goes\non (e.g. here, at \
                    127.0.0.1). \"No?\" Yes.\n\n- One. Two.\n- Three\n";
        let expected = [
            "It is so.",
            "`loop` goes on (e.g. here, at 127.0.0.1).",
            "\"No?\"",
            "Yes.",
            "- One.",
            "Two.",
            "- Three",
        ];
        assert_eq!(cut(text), expected);
    }

    #[test]
    fn a_note_belongs_to_the_sentence_before_it() {
        let text = "It waits.<!-- proof: a --> It ends. <!-- proof: b -->\nSo it \
                    goes.";
        let file = File::new("a.md", text);
        let page = Page::parse(&file);
        let found = sentences(&page);
        let pieces: Vec<&str> = found
            .iter()
            .map(|one| file.text[one.range.clone()].trim())
            .collect();
        let expected = [
            "It waits.<!-- proof: a -->",
            "It ends. <!-- proof: b -->",
            "So it goes.",
        ];
        assert_eq!(pieces, expected);
    }

    #[test]
    fn words_in_code_say_nothing() {
        let file = File::new("a.md", "The `never` arm waits, at most once.");
        let page = Page::parse(&file);
        let found = &sentences(&page)[0];
        let says = |word: &str| found.says_any(&page, &[word.to_owned()]);
        assert!(says("at most") && says("waits"));
        assert!(!says("never") && !says("wait"));
    }
}
