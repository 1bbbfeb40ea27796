//! What a file adds to another one: the lines that a listing marks as new.

use std::{collections::BTreeSet, path::Path};

use quote::ToTokens;
use similar::{ChangeTag, TextDiff};
use syn::{Item, spanned::Spanned};

use crate::{
    book::normalize,
    finding::File,
    page::Block,
    source::{Excerpt, Selection, excerpt},
};

/// The path of the file that the listing is compared with, if its fence names
/// one: `since=FILE`, beside the file that it shows.
pub fn path(block: &Block, shown: &str) -> Option<String> {
    beside(block, "since", shown)
}

/// The path of the file that this word of the fence names, beside the shown
/// one.
pub fn beside(block: &Block, word: &str, shown: &str) -> Option<String> {
    let name = block.value(word)?;
    let path = normalize(&Path::new(shown).with_file_name(name));
    Some(path.to_string_lossy().into_owned())
}

/// Which lines of the excerpt from `file` are not in `old`, counted from 0.
///
/// In Rust, each item is compared with the one of the same name, and a new item
/// is new from its first line to its last. Of other files, the whole is
/// compared. The markers of anchors count for nothing.
pub fn added(old: &File, file: &File, shown: &Excerpt) -> Vec<usize> {
    let whole = |file| excerpt(file, Selection::Whole);
    let (Some(before), Some(after)) = (whole(old), whole(file)) else {
        return Vec::new();
    };
    let (old_parts, parts) = (parts(old, &before), parts(file, &after));
    let mut new = BTreeSet::new();
    for (name, lines) in &parts {
        let same = old_parts.iter().find(|(other, _)| other == name);
        let known = same.map_or(&[][..], |(_, lines)| lines);
        new.extend(inserted(known, lines));
    }
    let numbers = shown.numbers.iter().enumerate();
    let is_new = |(_, number): &(usize, &usize)| new.contains(number);
    numbers.filter(is_new).map(|(index, _)| index).collect()
}

/// A line and its number in its file.
type Line<'a> = (usize, &'a str);

/// The items of a file, each with its name and its lines; and what stands
/// between them, under the empty name.
fn parts<'a>(file: &File, whole: &'a Excerpt) -> Vec<(String, Vec<Line<'a>>)> {
    let mut parts: Vec<(String, Vec<Line>)> = Vec::new();
    let numbers = whole.numbers.iter().copied();
    for (number, (name, text)) in numbers.zip(named(file, whole)) {
        let line = (number, text);
        match parts.iter_mut().find(|(other, _)| *other == name) {
            Some((_, lines)) => lines.push(line),
            None => parts.push((name, vec![line])),
        }
    }
    parts
}

/// The lines of a file, each with the name of its item. What stands between
/// items has an empty name.
pub fn named<'a>(
    file: &File,
    whole: &'a Excerpt,
) -> impl Iterator<Item = (String, &'a str)> {
    let items = syn::parse_file(&file.text).map_or_else(
        |_| Vec::new(),
        |file| {
            let spans = file.items.iter().map(|item| {
                let span = item.span();
                (name(item), span.start().line, span.end().line)
            });
            spans.collect()
        },
    );
    let lines = whole.numbers.iter().zip(whole.text.lines());
    lines.map(move |(number, text)| {
        let at = |(_, start, end): &&(String, usize, usize)| {
            (*start..=*end).contains(number)
        };
        let item = items.iter().find(at);
        (item.map_or(String::new(), |(name, ..)| name.clone()), text)
    })
}

/// What tells an item from the others of its file: its first words, up to its
/// parameters or its body.
fn name(item: &Item) -> String {
    match item {
        Item::Fn(item) => format!("fn {}", item.sig.ident),
        Item::Struct(item) => format!("struct {}", item.ident),
        Item::Enum(item) => format!("enum {}", item.ident),
        Item::Const(item) => format!("const {}", item.ident),
        other => {
            let text = other.to_token_stream().to_string();
            let end = text.find(['{', ';', '=']).unwrap_or(text.len());
            text[..end].to_owned()
        }
    }
}

/// The numbers of the lines that are not blank and were not there before.
fn inserted(old: &[Line], new: &[Line]) -> Vec<usize> {
    let before: Vec<&str> = old.iter().map(|(_, text)| *text).collect();
    let after: Vec<&str> = new.iter().map(|(_, text)| *text).collect();
    TextDiff::from_slices(&before, &after)
        .iter_all_changes()
        .filter(|change| change.tag() == ChangeTag::Insert)
        .filter(|change| !change.value().trim().is_empty())
        .filter_map(|change| Some(new.get(change.new_index()?)?.0))
        .collect()
}

/// Neighbours put together: the first and the last of each run.
pub fn runs(lines: &[usize]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for line in lines {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => runs.push((*line, *line)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "fn a() {\n    one();\n}\n";
    const NEW: &str = "// ANCHOR: all\nfn a() {\n    one();\n    two();\n}\n\n\
                       fn b() {\n    one();\n}\n// ANCHOR_END: all\nfn c() {}\n";

    fn new_lines(path: &str, old: &str) -> Vec<usize> {
        let (old, new) = (File::new(path, old), File::new(path, NEW));
        let shown = excerpt(&new, Selection::Anchor("all")).unwrap();
        added(&old, &new, &shown)
    }

    /// The last brace of `b` is its own, and not that of `a`.
    #[test]
    fn what_the_other_file_has_not_is_new() {
        assert_eq!(new_lines("a.rs", OLD), [2, 5, 6, 7]);
        assert_eq!(new_lines("a.rs", "//!\n"), [0, 1, 2, 3, 5, 6, 7]);
        assert!(new_lines("a.rs", NEW).is_empty());
    }

    #[test]
    fn what_is_no_rust_is_compared_as_a_whole() {
        let (old, new) = ("a:\n- 1\n", "a:\n- 1\n- 2\n");
        let (old, new) = (File::new("a.yml", old), File::new("a.yml", new));
        let shown = excerpt(&new, Selection::Whole).unwrap();
        assert_eq!(added(&old, &new, &shown), [2]);
    }

    #[test]
    fn neighbours_are_one_run() {
        assert_eq!(runs(&[0, 1, 2, 4, 6, 7]), [(0, 2), (4, 4), (6, 7)]);
        assert!(runs(&[]).is_empty());
    }
}
