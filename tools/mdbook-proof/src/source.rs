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
    /// The number of each line of it, from 1.
    pub numbers: Vec<usize>,
}

/// Which lines of a file are shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Selection<'a> {
    /// All of them, without the markers.
    Whole,
    /// From one line to another, both counted from 1.
    Lines(usize, usize),
    /// Those of an anchor, where it is first opened.
    Anchor(&'a str),
    /// Those of an anchor, wherever it is opened.
    Joined(&'a str),
}

impl Selection<'_> {
    /// What stands behind the colon of a directive, as mdBook reads it.
    pub fn parse(text: &str) -> Selection<'_> {
        let mut parts = text.splitn(3, ':');
        let first = parts.next().unwrap_or_default();
        let end = parts.next().map(str::parse);
        let start = match first.parse::<usize>() {
            Ok(start) => start.max(1),
            Err(_) if first.is_empty() => 1,
            Err(_) => return Selection::Anchor(first),
        };
        match end {
            Some(Ok(end)) => Selection::Lines(start, end),
            None if !first.is_empty() => Selection::Lines(start, start),
            Some(Err(_)) if !first.is_empty() => {
                Selection::Lines(start, usize::MAX)
            }
            _ => Selection::Whole,
        }
    }
}

/// What is shown of a file. Nothing if there is no such anchor, or if it has
/// no lines.
pub fn excerpt(file: &File, selection: Selection) -> Option<Excerpt> {
    let shown = match selection {
        Selection::Lines(first, last) => numbered(file)
            .filter(|(number, _)| (first..=last).contains(number))
            .collect(),
        Selection::Whole => numbered(file)
            .filter(|(_, text)| !is_marker(text))
            .collect(),
        Selection::Anchor(name) => pieces(file, name).into_iter().next()?,
        Selection::Joined(name) => pieces(file, name).concat(),
    };
    let is_text = |line: &&(usize, &str)| !line.1.trim().is_empty();
    let first = shown.iter().find(is_text)?.0;
    let last = shown.iter().rfind(is_text)?.0;
    let lines: Vec<&str> = shown.iter().map(|(_, text)| *text).collect();
    Some(Excerpt {
        first,
        last,
        text: lines.join("\n"),
        numbers: shown.iter().map(|(number, _)| *number).collect(),
    })
}

/// The lines of an anchor, a piece for each time that it is opened. What is
/// not closed goes to the end of the file, as in mdBook.
fn pieces<'a>(file: &'a File, name: &str) -> Vec<Vec<(usize, &'a str)>> {
    let mut pieces: Vec<Vec<(usize, &str)>> = Vec::new();
    let mut inside = false;
    for (number, text) in numbered(file) {
        if let Some(end) = END.captures(text) {
            inside &= &end[1] != name;
        } else if let Some(start) = START.captures(text) {
            if !inside && &start[1] == name {
                inside = true;
                pieces.push(Vec::new());
            }
        } else if let Some(piece) = pieces.last_mut().filter(|_| inside) {
            piece.push((number, text));
        }
    }
    pieces
}

fn numbered(file: &File) -> impl Iterator<Item = (usize, &str)> {
    file.lines()
        .enumerate()
        .map(|(index, (_, text))| (index + 1, text))
}

fn is_marker(text: &str) -> bool {
    END.is_match(text) || START.is_match(text)
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

#[cfg(test)]
mod tests {
    use super::{File, Selection, excerpt};

    const TWICE: &str = "0\n// ANCHOR: a\n1\n// ANCHOR: b\n2\n\
                         // ANCHOR_END: a\n3\n// ANCHOR: a\n4\n\
                         // ANCHOR_END: a\n// ANCHOR_END: b\n5\n";

    #[track_caller]
    fn shows(what: &str, expected: Option<&str>) {
        let file = File::new("a.rs", TWICE);
        let selection = Selection::parse(what);
        let text = excerpt(&file, selection).map(|shown| shown.text);
        assert_eq!(text.as_deref(), expected, "{what:?}");
    }

    #[test]
    fn an_anchor_shows_where_it_is_first_opened() {
        shows("a", Some("1\n2"));
        shows("b", Some("2\n3\n4"));
        shows("c", None);
        shows("3-5", None);
    }

    #[test]
    fn an_anchor_can_be_joined() {
        let file = File::new("a.rs", TWICE);
        let shown = excerpt(&file, Selection::Joined("a")).unwrap();
        assert_eq!((shown.first, shown.last), (3, 9));
        assert_eq!(shown.text, "1\n2\n4");
    }

    #[test]
    fn lines_are_counted_as_mdbook_counts_them() {
        shows("1", Some("0"));
        shows("0", Some("0"));
        shows("2:3", Some("// ANCHOR: a\n1"));
        shows(":1", Some("0"));
        shows("12:", Some("5"));
        shows("12:x", Some("5"));
        shows("3:2", None);
        shows("20:30", None);
        shows("", Some("0\n1\n2\n3\n4\n5"));
    }
}
