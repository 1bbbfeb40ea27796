//! Listings as readers see them: under the name of their place, which leads to
//! the whole file, and the whole file with a way back to each of them.

use std::{fmt::Write, ops::Range, path::Path};

use crate::{
    commands::command,
    files::{Listing, is_file_page},
    finding::File,
    page::{Block, Directive, Page},
    rules::includes::path_of,
    source::{Excerpt, excerpt, markers},
};

use super::{Rewriter, escape};

impl Rewriter<'_> {
    /// The block with a caption, for its first include. If that is the only
    /// one, it is put in here, since mdBook would show the indentation of the
    /// file and the markers of its anchors.
    pub(super) fn listing(
        &mut self,
        page: &Page,
        block: &Block,
    ) -> Option<String> {
        let directives = page.directives();
        let mut inside = directives
            .iter()
            .filter(|one| block.content.contains(&one.range.start));
        let first = inside.next()?;
        let path = path_of(page.file, first);
        let (source, places) = self.source(&path)?;
        let source = source.clone();
        let shown = excerpt(&source, first.anchor.as_deref())?;
        let place = first.anchor.as_ref().and_then(|_| places.place(&shown));
        let only = inside.next().is_none();

        if first.anchor.is_none() && only && is_file_page(self.book, page.file)
        {
            let fence = put_in(page, block, first, &shown.text);
            return Some(self.whole_file(page, &path, &source, &fence));
        }
        let fence = match dedent(&shown).filter(|_| only) {
            Some(text) => put_in(page, block, first, &text),
            None => page.file.text[block.range.clone()].to_owned(),
        };
        let listings = self.files.listings(&path);
        let listing = listings
            .iter()
            .find(|one| one.page == page.file.path && one.range == first.range);
        let id = listing.and_then(|listing| listing.id.as_deref());
        let id = id.map_or(String::new(), |id| format!(" id=\"{id}\""));
        let target = self.target(page.file, &path, first.anchor.as_deref());
        let caption = self.caption(&path, place.as_deref(), target.as_deref());
        Some(figure(&format!("class=\"listing\"{id}"), &caption, &fence))
    }

    /// Where a caption leads: to the lines of the listing in the whole file.
    fn target(
        &self,
        from: &File,
        path: &str,
        anchor: Option<&str>,
    ) -> Option<String> {
        let page = self.files.page(path)?;
        Some(format!("{}#{}", relative(&from.path, page), anchor?))
    }

    /// The file, the place in it, and the command that runs it.
    fn caption(
        &self,
        path: &str,
        place: Option<&str>,
        target: Option<&str>,
    ) -> String {
        let mut name = format!("<code>{}</code>", escape(path));
        if let Some(target) = target {
            name = format!("<a href=\"{target}\">{name}</a>");
        }
        if let Some(place) = place {
            // Code in HTML: markdown's backticks have no meaning there.
            let place = escape(place).replacen('`', "<code>", 1);
            name += ", ";
            name += &place.replacen('`', "</code>", 1);
        }
        match command(self.book, path) {
            Some(command) => format!(
                "<span>{name}</span> <kbd class=\"run\">{}</kbd>",
                escape(&command)
            ),
            None => name,
        }
    }

    /// A whole file: a line for each listing, and above the code an empty
    /// element for each, which a link can lead to. Where it is to stand, it
    /// says in lines, so that it can mark them however the code is coloured.
    fn whole_file(
        &self,
        page: &Page,
        path: &str,
        source: &File,
        fence: &str,
    ) -> String {
        let (mut list, mut places) = (String::new(), String::new());
        let mut marked: Vec<&str> = Vec::new();
        for listing in self.files.listings(path) {
            let (Some(id), Some(anchor)) = (&listing.id, &listing.anchor)
            else {
                continue;
            };
            let back = back(&page.file.path, listing, id);
            writeln!(
                list,
                "<li><a href=\"#{anchor}\"><code>{anchor}</code></a>, shown on \
                 {back}</li>"
            )
            .ok();
            if !marked.contains(&&**anchor) {
                marked.push(anchor);
                places += &place(source, anchor, &back);
            }
        }
        let caption = self.caption(path, None, None);
        let body =
            format!("<div class=\"lines\">\n{places}\n{fence}\n\n</div>");
        format!(
            "<ul class=\"shown-on\">\n{list}</ul>\n\n{}",
            figure("class=\"listing whole\"", &caption, &body)
        )
    }
}

fn figure(attributes: &str, caption: &str, body: &str) -> String {
    format!(
        "<figure {attributes}>\n<figcaption>{caption}</figcaption>\n\n\
         {}\n\n</figure>\n",
        body.trim_end()
    )
}

/// A link to the listing on the page that shows it.
fn back(from: &Path, listing: &Listing, id: &str) -> String {
    let page = relative(from, &listing.page);
    format!("<a href=\"{page}#{id}\">{}</a>", escape(&listing.title))
}

/// The mark of a listing in its file.
fn place(source: &File, anchor: &str, back: &str) -> String {
    let Some(shown) = excerpt(source, Some(anchor)) else {
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

/// The block with `text` in place of its directive.
fn put_in(
    page: &Page,
    block: &Block,
    directive: &Directive,
    text: &str,
) -> String {
    let start = directive.range.start - block.range.start;
    let mut fence = page.file.text[block.range.clone()].to_owned();
    fence.replace_range(start..start + directive.range.len(), text);
    fence
}

/// The excerpt without the indentation that all its lines have, if they have
/// any. mdBook would leave it as it is.
fn dedent(shown: &Excerpt) -> Option<String> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let lines = || shown.text.lines();
    let common = lines()
        .filter(|line| !line.trim().is_empty())
        .map(indent)
        .min()
        .filter(|common| *common > 0)?;
    let cut: Vec<&str> = lines()
        .map(|line| line.get(common..).unwrap_or(""))
        .collect();
    Some(cut.join("\n"))
}

/// The way from one page to another, as a link writes it.
fn relative(from: &Path, to: &Path) -> String {
    let folder = from.parent().unwrap_or(Path::new(""));
    let common = folder
        .components()
        .zip(to.components())
        .take_while(|(one, other)| one == other)
        .count();
    let up = folder.components().skip(common).map(|_| "..".into());
    let down = to.components().skip(common);
    let down = down.map(|part| part.as_os_str().to_string_lossy());
    let parts: Vec<_> = up.chain(down).collect();
    parts.join("/")
}
