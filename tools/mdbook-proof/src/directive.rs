//! Directives, read as mdBook reads them.

use std::{ops::Range, path::Path, sync::LazyLock};

use regex::{Captures, Regex};

use crate::{book::normalize, finding::File, source::Selection};

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
    /// Words behind that, which mdBook ignores.
    pub rest: String,
}

impl Directive {
    /// The lines that it shows.
    pub fn selection(&self) -> Selection<'_> {
        let selection = Selection::parse(self.anchor.as_deref().unwrap_or(""));
        match (selection, &*self.word) {
            (Selection::Anchor(name), "rustdoc_include") => {
                Selection::Joined(name)
            }
            (selection, _) => selection,
        }
    }

    /// The name of the anchor that it shows, if it shows one.
    pub fn name(&self) -> Option<&str> {
        match self.selection() {
            Selection::Anchor(name) | Selection::Joined(name) => Some(name),
            Selection::Whole | Selection::Lines(..) => None,
        }
    }
}

/// The words that mdBook knows.
pub const DIRECTIVES: [&str; 5] = [
    "include",
    "rustdoc_include",
    "playground",
    "playpen",
    "title",
];

/// Every directive in `text` that mdBook understands, escaped ones left out.
pub fn directives(text: &str) -> Vec<Directive> {
    LINK.captures_iter(text)
        .filter(|found| {
            let word = found.name("word").map_or("", |word| word.as_str());
            DIRECTIVES.contains(&word)
        })
        .map(|found| directive(&found))
        .collect()
}

/// The bytes that a backslash keeps mdBook from looking at: all that follows
/// on the line, up to the last braces.
pub fn escapes(text: &str) -> Vec<Range<usize>> {
    let found = LINK.captures_iter(text);
    let escapes = found.filter(|found| found.name("word").is_none());
    escapes.map(|found| found.get_match().range()).collect()
}

/// mdBook's own pattern.
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\\\{\{#.*\}\}|\{\{\s*#(?P<word>[a-zA-Z0-9_]+)\s+(?P<rest>[^}]+)\}\}",
    )
    .unwrap()
});

fn directive(found: &Captures) -> Directive {
    let word = &found["word"];
    let argument = found["rest"].trim();
    let (argument, rest) = match word {
        "title" => (argument, ""),
        _ => argument
            .split_once(char::is_whitespace)
            .unwrap_or((argument, "")),
    };
    // A playground takes the whole file, and words about it.
    let is_playground = word.starts_with("play");
    let (path, anchor) = match argument.split_once(':') {
        Some((path, anchor)) if !is_playground => {
            (path, Some(anchor.to_owned()))
        }
        _ => (argument, None),
    };
    Directive {
        range: found.get_match().range(),
        word: word.to_owned(),
        path: path.to_owned(),
        anchor,
        rest: if is_playground { "" } else { rest }.to_owned(),
    }
}

/// The file that a directive of the page names, relative to the book's root.
pub fn path_of(page: &File, directive: &Directive) -> String {
    let folder = page.path.parent().unwrap_or(Path::new(""));
    normalize(&folder.join(&directive.path))
        .to_string_lossy()
        .into_owned()
}
