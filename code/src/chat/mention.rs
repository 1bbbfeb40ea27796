//! Names that are mentioned in what is said.
//!
//! There is a bug in here, on purpose, so that the room has something to crash
//! on. It is one that is easily made: positions in one text are used in
//! another.

use std::ops::Range;

use super::name::Name;

/// Marks the names of members in what is said, however they are written:
/// `*ann*`.
///
/// # Panics
///
/// On some words whose small letters take another number of bytes than their
/// capitals.
// ANCHOR: mark
pub fn mark(words: &str, names: &mut dyn Iterator<Item = &Name>) -> String {
    let small = words.to_lowercase();
    let mut found: Vec<_> =
        names.flat_map(|name| mentions(&small, name)).collect();
    found.sort_by_key(|name| name.start);
    let (mut marked, mut end) = (String::new(), 0);
    for name in found {
        marked += &words[end..name.start];
        marked = marked + "*" + &words[name.clone()] + "*";
        end = name.end;
    }
    marked + &words[end..]
}
// ANCHOR_END: mark

/// Where a name stands in a text of small letters, as a word of its own.
fn mentions(text: &str, name: &Name) -> Vec<Range<usize>> {
    let is_apart = |place: &Range<usize>| {
        let before = text[..place.start].chars().next_back();
        let after = text[place.end..].chars().next();
        !before.is_some_and(may_be_named) && !after.is_some_and(may_be_named)
    };
    text.match_indices(name.as_str())
        .map(|(start, name)| start..start + name.len())
        .filter(is_apart)
        .collect()
}

/// Whether a sign beside a name makes it a part of a longer word.
fn may_be_named(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '-' || sign == '_'
}

#[cfg(test)]
mod tests;
