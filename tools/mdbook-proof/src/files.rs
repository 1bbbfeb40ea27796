//! Whole files: which of them have a page, and which listings are pieces of
//! them.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::{Path, PathBuf},
};

use crate::{
    book::Book,
    diff,
    finding::File,
    page::{Page, path_of},
};

mod names;

pub use names::title;

/// A listing: what a code block of a page shows of a file.
#[derive(Debug)]
pub struct Listing {
    /// The page, relative to the book's root.
    pub page: PathBuf,
    /// What the page is called.
    pub title: String,
    /// The anchor; nothing for a whole file, or for lines by their numbers.
    pub anchor: Option<String>,
    /// The file to which it shows what this one adds, if it is such a diff.
    pub old: Option<String>,
    /// The id of the listing on its page. The second time that a page shows
    /// an anchor, or a diff of the file, there is none: an id belongs to one
    /// place.
    pub id: Option<String>,
    /// The bytes of the directive.
    pub range: Range<usize>,
}

/// The files that the book shows.
#[derive(Debug, Default)]
pub struct Files {
    /// The files that have a page, in the order in which readers meet them.
    order: Vec<String>,
    pages: BTreeMap<String, PathBuf>,
    listings: BTreeMap<String, Vec<Listing>>,
}

impl Files {
    /// Looks through the pages, in the order in which they are read.
    ///
    /// If the settings have `file-pages`, each file of which a page shows a
    /// piece gets a page of its own, and so do two of which it shows a diff.
    pub fn new(book: &Book, pages: &[Page]) -> Files {
        let mut files = Files::default();
        for page in pages {
            for (path, listing) in listings(page) {
                if listing.anchor.is_some() || listing.old.is_some() {
                    let shown = [Some(&path), listing.old.as_ref()];
                    files.meet(book, shown.into_iter().flatten());
                }
                files.listings.entry(path).or_default().push(listing);
            }
        }
        match &book.settings.file_pages {
            Some(folder) => {
                files.pages = names::pages(book, folder, &files.order);
                files.give_ids();
            }
            None => files.order.clear(),
        }
        files
    }

    /// These files get pages, if they are there.
    fn meet<'a>(
        &mut self,
        book: &Book,
        paths: impl Iterator<Item = &'a String>,
    ) {
        for path in paths {
            if !self.order.contains(path) && book.has(path) {
                self.order.push(path.clone());
            }
        }
    }

    /// The page of this file, relative to the book's root.
    pub fn page(&self, path: &str) -> Option<&Path> {
        self.pages.get(path).map(PathBuf::as_path)
    }

    /// The files that have a page, in the order in which readers meet them.
    pub fn with_page(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(String::as_str)
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

    /// Names the listings, so that the whole file can lead back to them.
    fn give_ids(&mut self) {
        let mut ids = BTreeSet::new();
        for (path, page) in &self.pages {
            let name = page.file_stem().unwrap_or_default().to_string_lossy();
            for listing in self.listings.get_mut(path).into_iter().flatten() {
                let part = listing.old.as_ref().map(|_| "diff");
                let Some(part) = listing.anchor.as_deref().or(part) else {
                    continue;
                };
                let id = format!("listing-{name}-{part}");
                if ids.insert((listing.page.clone(), id.clone())) {
                    listing.id = Some(id);
                }
            }
        }
    }
}

/// The files that code blocks of a page include, and the listings.
fn listings(page: &Page) -> Vec<(String, Listing)> {
    let directives = page.directives().into_iter();
    let listings = directives.filter_map(|directive| {
        let block = page.block_at(directive.range.start)?;
        let path = path_of(page.file, &directive);
        let listing = Listing {
            page: page.file.path.clone(),
            title: heading(page.file),
            anchor: directive.name().map(str::to_owned),
            old: diff::path(block, &path),
            id: None,
            range: directive.range,
        };
        Some((path, listing))
    });
    listings.collect()
}

/// The first heading of the page.
fn heading(file: &File) -> String {
    let mut headings =
        file.lines().filter_map(|(_, line)| line.strip_prefix("# "));
    let name = file.path.file_stem().unwrap_or_default().to_string_lossy();
    headings
        .next()
        .map_or_else(|| name.into_owned(), |title| title.trim().to_owned())
}
