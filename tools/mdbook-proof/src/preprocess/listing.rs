//! Listings as readers see them: under the name of their place, which leads to
//! the whole file.

use crate::{
    book::relative,
    commands::command,
    diff::{self, Diff},
    finding::File,
    page::{Block, Directive, Page, path_of},
    since,
    source::{Excerpt, excerpt},
};

use super::{Rewriter, escape, whole::fence};

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
        if let Some(old) = diff::path(block, &path) {
            return self.diff(page, first, &path, &old);
        }
        let (source, places) = self.source(&path)?;
        let source = source.clone();
        let shown = excerpt(&source, first.selection())?;
        let place = first.anchor.as_ref().and_then(|_| places.place(&shown));
        // What rustdoc_include hides must stay in the block.
        let only = inside.next().is_none() && first.word == "include";
        let fence = match dedent(&shown).filter(|_| only) {
            Some(text) => put_in(page, block, first, &text),
            None => page.file.text[block.range.clone()].to_owned(),
        };
        let since = since::path(block, &path);
        let new = since.and_then(|old| self.new_lines(&old, &source, &shown));
        let (caption_end, fence) = match new {
            Some((note, marks)) => (note, marked(block, &marks, &fence)),
            None => (String::new(), fence),
        };
        let attributes = self.attributes(page, first, &path);
        let target = self.target(page.file, &path, first.name());
        let caption = self.caption(&path, place.as_deref(), target.as_deref());
        let caption = caption + &caption_end;
        Some(figure(&attributes, &caption, &fence))
    }

    /// What a file adds to another one, with the signs of a diff.
    fn diff(
        &mut self,
        page: &Page,
        directive: &Directive,
        path: &str,
        old: &str,
    ) -> Option<String> {
        let (older, _) = self.source(old)?;
        let older = older.clone();
        let (source, _) = self.source(path)?;
        let text = Diff::new(&older, source, directive.selection()).text();
        let caption = format!(
            "What {} adds to {}",
            self.name_of(page, path),
            self.name_of(page, old)
        );
        let attributes = self.attributes(page, directive, path);
        let caption = self.with_command(&caption, path);
        Some(figure(&attributes, &caption, &fence("added.diff", &text)))
    }

    /// The class of a listing, and the id with which its file leads back to it.
    fn attributes(
        &self,
        page: &Page,
        directive: &Directive,
        path: &str,
    ) -> String {
        let mut listings = self.files.listings(path).iter();
        let listing = listings.find(|one| {
            one.page == page.file.path && one.range == directive.range
        });
        let id = listing.and_then(|listing| listing.id.as_deref());
        let id = id.map_or(String::new(), |id| format!(" id=\"{id}\""));
        format!("class=\"listing\"{id}")
    }

    /// What is new in a listing since an older file: a note for the caption,
    /// and a mark for each run of new lines.
    fn new_lines(
        &mut self,
        old: &str,
        source: &File,
        shown: &Excerpt,
    ) -> Option<(String, String)> {
        let (old, _) = self.source(old)?;
        let runs = since::runs(&since::added(old, source, shown));
        let mark = |(first, last): &(usize, usize)| {
            let lines = last - first + 1;
            format!(
                "<div class=\"new\" style=\"--line: {first}; \
                 --lines: {lines}\"></div>\n"
            )
        };
        let said: Vec<String> = runs.iter().map(said).collect();
        let note =
            format!(" <span class=\"since\">new: {}</span>", said.join(", "));
        Some((note, runs.iter().map(mark).collect()))
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
    pub(super) fn caption(
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
        self.with_command(&name, path)
    }

    /// A caption, and the command that runs the file.
    fn with_command(&self, caption: &str, path: &str) -> String {
        match command(self.book, path) {
            Some(command) => format!(
                "<span>{caption}</span> <kbd class=\"run\">{}</kbd>",
                escape(&command)
            ),
            None => caption.to_owned(),
        }
    }
}

pub(super) fn figure(attributes: &str, caption: &str, body: &str) -> String {
    format!(
        "<figure {attributes}>\n<figcaption>{caption}</figcaption>\n\n\
         {}\n\n</figure>\n",
        body.trim_end()
    )
}

/// `line 3` or `lines 3 to 5`, counted from 1.
fn said((first, last): &(usize, usize)) -> String {
    match (first + 1, last + 1) {
        (first, last) if first == last => format!("line {first}"),
        (first, last) => format!("lines {first} to {last}"),
    }
}

/// The fence below its marks, and without the word that asked for them.
fn marked(block: &Block, marks: &str, fence: &str) -> String {
    let word = block.value("since").unwrap_or_default();
    let fence = fence.replacen(&format!(",since={word}"), "", 1);
    format!("<div class=\"lines\">\n{marks}\n{fence}\n\n</div>")
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
