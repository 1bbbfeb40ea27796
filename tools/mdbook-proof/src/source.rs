//! Anchors in source files, read as mdBook reads them.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::finding::File;

static START: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"ANCHOR:\s*([\w_-]+)").unwrap());
static END: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"ANCHOR_END:\s*([\w_-]+)").unwrap());

/// A line that opens or closes an anchor.
#[derive(Debug, Clone)]
pub struct Marker {
    /// The bytes of its line.
    pub line: Range<usize>,
    /// The number of its line, from 1.
    pub number: usize,
    /// The anchor's name.
    pub name: String,
    /// Whether it opens the anchor, or closes it.
    pub opens: bool,
}

/// The markers of a file, in the order of its lines.
pub fn markers(file: &File) -> Vec<Marker> {
    let mut found = Vec::new();
    for (index, (line, text)) in file.lines().enumerate() {
        // mdBook looks for the end first: both patterns fit it.
        let (name, opens) = if let Some(end) = END.captures(text) {
            (end[1].to_owned(), false)
        } else if let Some(start) = START.captures(text) {
            (start[1].to_owned(), true)
        } else {
            continue;
        };
        found.push(Marker {
            line,
            number: index + 1,
            name,
            opens,
        });
    }
    found
}

/// The lines that an anchor shows.
#[derive(Debug, PartialEq)]
pub struct Excerpt {
    /// The number of its first line that is not blank, from 1.
    pub first: usize,
    /// The number of its last such line.
    pub last: usize,
    /// What mdBook will put on the page.
    pub text: String,
}

/// What the anchor `name` of the file shows, or the whole file for no name.
/// Nothing if there is no such anchor or it has no lines.
pub fn excerpt(file: &File, name: Option<&str>) -> Option<Excerpt> {
    let mut inside = name.is_none();
    let mut shown = Vec::new();
    for (index, (_, text)) in file.lines().enumerate() {
        if let Some(end) = END.captures(text) {
            if name == Some(&end[1]) {
                break;
            }
        } else if let Some(start) = START.captures(text) {
            inside |= name == Some(&start[1]);
        } else if inside {
            shown.push((index + 1, text));
        }
    }
    let is_text = |line: &&(usize, &str)| !line.1.trim().is_empty();
    let first = shown.iter().find(is_text)?.0;
    let last = shown.iter().rfind(is_text)?.0;
    let lines: Vec<&str> = shown.iter().map(|(_, text)| *text).collect();
    Some(Excerpt {
        first,
        last,
        text: lines.join("\n"),
    })
}

/// The text of a whole file as it must stand on a page, between fences, so
/// that readers see all of it as it is.
///
/// mdBook takes the backslash away that keeps it from following a directive,
/// and the second `#` that keeps it from hiding a line of Rust.
pub fn literal(text: &str, is_rust: bool) -> String {
    let lines = text.lines().map(|line| {
        let mut line = line.to_owned();
        let start = line.len() - line.trim_start().len();
        let is_hidden = ["##", "# "].iter().any(|hidden| {
            line[start..].starts_with(hidden) || &line[start..] == "#"
        });
        if is_rust && is_hidden {
            line.insert(start, '#');
        }
        // One backslash is enough: mdBook takes it to be for all of the line.
        match line.find("{{#") {
            Some(at) if line[at..].contains("}}") => line.insert(at, '\\'),
            _ => {}
        }
        line
    });
    lines.collect::<Vec<String>>().join("\n")
}
