//! The pages of whole files: what a file is for, in its own words, which pages
//! show pieces of it, and all of it, with a way back to each piece.

use std::{
    fmt::Write,
    ops::Range,
    path::{Path, PathBuf},
};

use crate::{
    book::{normalize, relative},
    docs::introduction,
    files::{Listing, title},
    finding::File,
    source::{Excerpt, Selection, excerpt, literal, markers},
};

use super::{Rewriter, escape, listing::figure};

/// The page of a whole file.
#[derive(Debug, PartialEq)]
pub struct FilePage {
    /// Where it would be, relative to the book's pages.
    pub path: PathBuf,
    /// What it is called in the table of contents.
    pub title: String,
    /// What it says.
    pub content: String,
}

impl Rewriter<'_> {
    /// A page for each file of which the book shows a piece, in the order in
    /// which readers meet them. There are none if the settings have no
    /// `file-pages`.
    pub fn file_pages(&mut self) -> Vec<FilePage> {
        let paths: Vec<String> =
            self.files.with_page().map(str::to_owned).collect();
        paths
            .iter()
            .filter_map(|path| self.file_page(path))
            .collect()
    }

    fn file_page(&mut self, path: &str) -> Option<FilePage> {
        let (source, _) = self.source(path)?;
        let source = source.clone();
        let page = self.files.page(path)?;
        let title = title(self.book, path);
        let mut content = format!("# `{title}`\n\n");
        if let Some(introduction) = introduction(&source.text) {
            content += &format!("{introduction}\n\n");
        }
        content += &self.whole_file(page, path, &source)?;
        let src = normalize(&self.book.src);
        let path = page.strip_prefix(src).unwrap_or(page).to_owned();
        Some(FilePage {
            path,
            title,
            content,
        })
    }

    /// A whole file: a line for each listing, and above the code an empty
    /// element for each, which a link can lead to. Where it is to stand, it
    /// says in lines, so that it can mark them however the code is coloured.
    fn whole_file(
        &self,
        page: &Path,
        path: &str,
        source: &File,
    ) -> Option<String> {
        let (mut list, mut places) = (String::new(), String::new());
        let mut marked: Vec<&str> = Vec::new();
        for listing in self.files.listings(path) {
            let Some(id) = &listing.id else {
                continue;
            };
            let back = back(page, listing, id);
            let what = what(listing);
            writeln!(list, "<li>{what}, shown on {back}</li>").ok();
            let anchor = listing.anchor.as_deref();
            if let Some(anchor) = anchor.filter(|one| !marked.contains(one)) {
                marked.push(anchor);
                places += &place(source, anchor, &back);
            }
        }
        if !list.is_empty() {
            list = format!("<ul class=\"shown-on\">\n{list}</ul>\n\n");
        }
        let caption = self.caption(path, None, None);
        let fence = fence(path, &excerpt(source, Selection::Whole)?.text);
        let body =
            format!("<div class=\"lines\">\n{places}\n{fence}\n\n</div>");
        Some(list + &figure("class=\"listing whole\"", &caption, &body))
    }
}

/// What a listing shows of its file.
fn what(listing: &Listing) -> String {
    match (&listing.anchor, &listing.old) {
        (Some(anchor), _) => {
            format!("<a href=\"#{anchor}\"><code>{anchor}</code></a>")
        }
        (None, Some(old)) => {
            format!("What it adds to <code>{}</code>", escape(old))
        }
        (None, None) => "All of it".to_owned(),
    }
}

/// A link to the listing on the page that shows it.
fn back(from: &Path, listing: &Listing, id: &str) -> String {
    let page = relative(from, &listing.page);
    format!("<a href=\"{page}#{id}\">{}</a>", escape(&listing.title))
}

/// The mark of a listing in its file.
fn place(source: &File, anchor: &str, back: &str) -> String {
    let Some(shown) = excerpt(source, Selection::Anchor(anchor)) else {
        return String::new();
    };
    let Range { start, end } = lines(source, &shown);
    format!(
        "<div class=\"place\" id=\"{anchor}\" style=\"--line: {start}; --lines: \
         {}\"><span>Shown on {back}</span></div>\n",
        end - start
    )
}

/// The lines of an excerpt, counted from 0, in the file without its markers.
fn lines(source: &File, shown: &Excerpt) -> Range<usize> {
    let markers = markers(source);
    let before = |line: usize| {
        markers.iter().filter(|marker| marker.number < line).count()
    };
    let start = shown.first - before(shown.first) - 1;
    start..shown.last - before(shown.last)
}

/// The text between fences that are longer than any in it.
pub(super) fn fence(path: &str, text: &str) -> String {
    let ending = Path::new(path).extension().unwrap_or_default();
    let language = match &*ending.to_string_lossy() {
        "rs" => "rust".to_owned(),
        "" => "text".to_owned(),
        other => other.to_owned(),
    };
    let text = literal(text, language == "rust");
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let ticks = "`".repeat(longest.max(2) + 1);
    format!("{ticks}{language}\n{}\n{ticks}", text.trim_end())
}
