//! A page as its readers see it: its sections, and what is shown in them.

use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
};

use crate::{
    book::{Book, normalize},
    exhibit::{Exhibit, Kind, exhibits},
    finding::File,
    notes::{Note, notes},
    page::Page,
    rules::includes::Included,
    section::{Section, sections},
};

/// A page, its sections, and what it shows.
#[derive(Debug)]
pub struct View<'a> {
    /// The page.
    pub page: &'a Page<'a>,
    /// Its sections, in their order.
    pub sections: Vec<Section>,
    /// What it shows, in its order.
    pub exhibits: Vec<Exhibit>,
    /// Its notes, and where they stand.
    pub notes: Vec<(Range<usize>, Note)>,
}

/// Reads the files of a book, those first that are in the memory already.
#[derive(Debug)]
pub struct Library<'a> {
    book: &'a Book,
    included: &'a Included,
    sources: BTreeMap<&'a Path, &'a File>,
}

impl<'a> Library<'a> {
    /// The files of this book.
    pub fn new(book: &'a Book, included: &'a Included) -> Library<'a> {
        let sources = book.sources.iter();
        Library {
            book,
            included,
            sources: sources.map(|file| (&*file.path, file)).collect(),
        }
    }

    /// The file at `path`, relative to the book's root.
    pub fn read(&self, path: &str) -> Option<File> {
        let known = self.included.files.get(path);
        let known =
            known.or_else(|| self.sources.get(Path::new(path)).copied());
        known.cloned().or_else(|| self.book.read(path).ok())
    }
}

impl<'a> View<'a> {
    /// Looks at a page.
    pub fn new(page: &'a Page<'a>, library: &Library) -> View<'a> {
        View {
            page,
            sections: sections(library.book, page),
            exhibits: exhibits(library.book, page, &|path| library.read(path)),
            notes: notes(page),
        }
    }

    /// What a section of it shows.
    pub fn shown_in(
        &self,
        section: &Section,
    ) -> impl Iterator<Item = &Exhibit> {
        let exhibits = self.exhibits.iter();
        let range = section.range.clone();
        exhibits.filter(move |one| range.contains(&one.range.start))
    }

    /// The section in which the byte `at` stands.
    pub fn section_at(&self, at: usize) -> Option<&Section> {
        self.sections.iter().find(|one| one.range.contains(&at))
    }

    /// Whether it shows any code or session that its words can be about.
    pub fn explains(&self) -> bool {
        let explained = |one: &Exhibit| {
            matches!(one.kind, Kind::Code | Kind::Text | Kind::Drawing)
        };
        self.exhibits.iter().any(explained)
    }

    /// Where a link leads, as a path from the book's root; nothing for a link
    /// to another site, or within the page.
    pub fn target(&self, link: &str) -> Option<PathBuf> {
        let path = link.split('#').next().unwrap_or_default();
        if path.is_empty() || link.contains("://") {
            return None;
        }
        let folder = self.page.file.path.parent().unwrap_or(Path::new(""));
        Some(normalize(&folder.join(path)))
    }

    /// The text of a section that is neither its heading nor a block nor a
    /// note, with one space between its words.
    pub fn prose(&self, section: &Section) -> String {
        let blocks = self.page.blocks.iter().map(|block| &block.range);
        let hidden =
            blocks.chain(&self.page.comments).chain([&section.heading]);
        self.page.words(&section.range, hidden)
    }
}
