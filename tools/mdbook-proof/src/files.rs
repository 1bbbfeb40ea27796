//! Whole files: which page shows one, and which listings are pieces of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::{Path, PathBuf},
};

use crate::{
    book::{Book, normalize},
    finding::File,
    page::{Directive, Page},
    rules::includes::path_of,
};

/// A listing: what a code block of a page shows of a file.
#[derive(Debug)]
pub struct Listing {
    /// The page, relative to the book's root.
    pub page: PathBuf,
    /// What the page is called.
    pub title: String,
    /// The anchor; nothing for a whole file.
    pub anchor: Option<String>,
    /// The id of the listing on its page. The second time that a page shows
    /// an anchor, there is none: an id belongs to one place.
    pub id: Option<String>,
    /// The bytes of the directive.
    pub range: Range<usize>,
}

/// The files that the book shows.
#[derive(Debug, Default)]
pub struct Files {
    pages: BTreeMap<String, PathBuf>,
    listings: BTreeMap<String, Vec<Listing>>,
}

impl Files {
    /// Looks through the pages, in the order in which they are read.
    pub fn new(book: &Book, pages: &[Page]) -> Files {
        let mut files = Files::default();
        for page in pages.iter().filter(|page| is_file_page(book, page.file)) {
            for (path, directive) in included(page) {
                if directive.anchor.is_none() {
                    files.pages.insert(path, page.file.path.clone());
                }
            }
        }
        for page in pages.iter().filter(|page| !is_file_page(book, page.file)) {
            let mut ids = BTreeSet::new();
            for (path, directive) in included(page) {
                let id = files.id(&path, directive.anchor.as_deref());
                let listing = Listing {
                    page: page.file.path.clone(),
                    title: title(page.file),
                    id: id.filter(|id| ids.insert(id.clone())),
                    anchor: directive.anchor,
                    range: directive.range,
                };
                files.listings.entry(path).or_default().push(listing);
            }
        }
        files
    }

    /// The page that shows the whole of this file, relative to the root.
    pub fn page(&self, path: &str) -> Option<&Path> {
        self.pages.get(path).map(PathBuf::as_path)
    }

    /// The files that have a page, and their pages.
    pub fn pages(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.pages.iter().map(|(path, page)| (&**path, &**page))
    }

    /// The listings of this file, in the order in which they are read.
    pub fn listings(&self, path: &str) -> &[Listing] {
        self.listings.get(path).map_or(&[], Vec::as_slice)
    }

    /// All files of which there are listings.
    pub fn listed(&self) -> impl Iterator<Item = (&str, &[Listing])> {
        self.listings
            .iter()
            .map(|(path, listings)| (&**path, &**listings))
    }

    /// The id of a listing, so that the whole file can lead back to it.
    fn id(&self, path: &str, anchor: Option<&str>) -> Option<String> {
        let page = self.page(path)?.file_stem()?.to_string_lossy();
        Some(format!("listing-{page}-{}", anchor?))
    }
}

/// Whether the page is one of those that show whole files.
pub fn is_file_page(book: &Book, file: &File) -> bool {
    let folder = book.settings.file_pages.as_ref();
    folder.is_some_and(|folder| {
        file.path.starts_with(normalize(&book.src.join(folder)))
    })
}

/// The files that code blocks of a page include, and the directives.
fn included(page: &Page) -> Vec<(String, Directive)> {
    page.directives()
        .into_iter()
        .filter(|directive| page.block_at(directive.range.start).is_some())
        .map(|directive| (path_of(page.file, &directive), directive))
        .collect()
}

/// The first heading of the page.
fn title(file: &File) -> String {
    let mut headings =
        file.lines().filter_map(|(_, line)| line.strip_prefix("# "));
    let name = file.path.file_stem().unwrap_or_default().to_string_lossy();
    headings
        .next()
        .map_or_else(|| name.into_owned(), |title| title.trim().to_owned())
}
