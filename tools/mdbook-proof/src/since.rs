//! What a file adds to another one: the lines that a listing marks as new.

use std::collections::BTreeSet;

use similar::{ChangeTag, TextDiff};

use crate::{
    finding::File,
    page::Block,
    source::{Excerpt, Selection, excerpt},
};

/// The path of the file that the listing is compared with, if its fence names
/// one: `since=FILE`, beside the file that it shows.
pub fn path(block: &Block, shown: &str) -> Option<String> {
    let name = block.value("since")?;
    Some(match shown.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{name}"),
        None => name.to_owned(),
    })
}

/// Which lines of the excerpt from `file` are not in `old`, counted from 0.
///
/// The whole files are compared, without the markers of their anchors. A line
/// that has only moved further in, or out, counts as new.
pub fn added(old: &File, file: &File, shown: &Excerpt) -> Vec<usize> {
    let whole = |file| excerpt(file, Selection::Whole);
    let (Some(before), Some(after)) = (whole(old), whole(file)) else {
        return Vec::new();
    };
    // Split here, since to `from_lines` a last line without its end is another.
    let before: Vec<&str> = before.text.lines().collect();
    let lines: Vec<&str> = after.text.lines().collect();
    let diff = TextDiff::from_slices(&before, &lines);
    let new: BTreeSet<usize> = diff
        .iter_all_changes()
        .filter(|change| change.tag() == ChangeTag::Insert)
        .filter(|change| !change.value().trim().is_empty())
        .filter_map(|change| after.numbers.get(change.new_index()?).copied())
        .collect();
    let numbers = shown.numbers.iter().enumerate();
    let is_new = |(_, number): &(usize, &usize)| new.contains(number);
    numbers.filter(is_new).map(|(index, _)| index).collect()
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
    const NEW: &str = "// ANCHOR: all\nfn a() {\n    one();\n    two();\n\n    \
                       three();\n}\n// ANCHOR_END: all\nfn b() {}\n";

    fn new_lines(old: &str, anchor: &str) -> Vec<usize> {
        let (old, new) = (File::new("old.rs", old), File::new("new.rs", NEW));
        let shown = excerpt(&new, Selection::Anchor(anchor)).unwrap();
        added(&old, &new, &shown)
    }

    #[test]
    fn what_the_other_file_has_not_is_new() {
        assert_eq!(new_lines(OLD, "all"), [2, 4]);
        assert_eq!(new_lines("//!\n", "all"), [0, 1, 2, 4, 5]);
        assert!(new_lines(NEW, "all").is_empty());
    }

    #[test]
    fn neighbours_are_one_run() {
        assert_eq!(runs(&[0, 1, 2, 4, 6, 7]), [(0, 2), (4, 4), (6, 7)]);
        assert!(runs(&[]).is_empty());
    }
}
