//! Sections: a heading, and what stands below it before the next one.

use std::{collections::BTreeMap, ops::Range, path::Path};

use crate::{book::Book, page::Page};

/// A section of a page.
#[derive(Debug, Clone)]
pub struct Section {
    /// The page without its ending, and the heading as mdBook makes an id of
    /// it: `client-module#send`.
    pub key: String,
    /// The heading's words.
    pub title: String,
    /// The bytes of the heading.
    pub heading: Range<usize>,
    /// From the heading to the next one.
    pub range: Range<usize>,
}

/// The sections of a page, in their order. What stands above the first heading
/// belongs to no section.
pub fn sections(book: &Book, page: &Page) -> Vec<Section> {
    let name = name(book, &page.file.path);
    let ends = page.headings.iter().skip(1).map(|next| next.range.start);
    let ends = ends.chain([page.file.text.len()]);
    let mut ids = BTreeMap::new();
    let sections = page.headings.iter().zip(ends).map(|(heading, end)| {
        let id = match &heading.id {
            Some(id) => id.clone(),
            None => unique(&id(&heading.title), &mut ids),
        };
        Section {
            key: format!("{name}#{id}"),
            title: heading.title.clone(),
            heading: heading.range.clone(),
            range: heading.range.start..end,
        }
    });
    sections.collect()
}

/// What a page is called: its path below the folder of the pages, or below the
/// root if it is elsewhere, without its ending.
pub fn name(book: &Book, path: &Path) -> String {
    let path = path.strip_prefix(&book.src).unwrap_or(path);
    let path = path.with_extension("");
    let parts = path.components().map(|part| part.as_os_str());
    let parts: Vec<_> = parts.map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// A heading's id, as mdBook makes it.
fn id(title: &str) -> String {
    let chars = title.trim().chars().filter_map(|c| match c {
        c if c.is_alphanumeric() || c == '_' || c == '-' => {
            Some(c.to_ascii_lowercase())
        }
        c if c.is_whitespace() => Some('-'),
        _ => None,
    });
    chars.collect()
}

/// The second heading of a name gets a number.
fn unique(id: &str, ids: &mut BTreeMap<String, usize>) -> String {
    let count = ids.entry(id.to_owned()).or_default();
    *count += 1;
    match *count {
        1 => id.to_owned(),
        more => format!("{id}-{}", more - 1),
    }
}
