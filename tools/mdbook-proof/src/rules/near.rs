//! Names that readers have seen: what the words of a page name must be in one
//! of its listings, or on a page that the section leads to.
//!
//! A page that shows no code explains none, and may name what it likes.

use std::{collections::BTreeSet, ops::Range, path::Path};

use crate::{
    code::{Token, tokens},
    drawing,
    exhibit::{Exhibit, Kind},
    finding::{File, Finding},
    page::Span,
    rules::{
        cargo,
        names::{self, Known},
    },
    section::{self, Section},
    view::View,
};

/// Checks the names of all pages. The views are in the order in which the
/// pages are read; texts that pages include may follow.
pub fn check(known: &Known, views: &[View], findings: &mut Vec<Finding>) {
    let mut earlier = BTreeSet::new();
    for view in views {
        if view.explains() {
            let near = Near::new(known, views, view, &earlier);
            for span in &view.page.spans {
                // A name that is nowhere is not near, either.
                if !is_known(view, span, findings) {
                    findings.extend(near.check(span));
                }
            }
            near.drawings(findings);
        }
        for exhibit in code(view) {
            earlier.extend(words(exhibit.tokens()).map(str::to_owned));
        }
    }
}

/// Whether something has been found about this span already.
fn is_known(view: &View, span: &Span, findings: &[Finding]) -> bool {
    let path = &view.page.file.path;
    findings
        .iter()
        .any(|one| one.span == span.range && one.file.path == *path)
}

fn code<'a>(view: &'a View) -> impl Iterator<Item = &'a Exhibit> {
    view.exhibits.iter().filter(|one| one.kind == Kind::Code)
}

fn words(tokens: &[Token]) -> impl Iterator<Item = &str> {
    tokens.iter().filter(|one| one.is_word()).map(Token::text)
}

/// A page, and what is near it.
struct Near<'a> {
    known: &'a Known<'a>,
    views: &'a [View<'a>],
    view: &'a View<'a>,
    /// The words of the listings on earlier pages.
    earlier: &'a BTreeSet<String>,
    /// What the page says in a link, and where that leads.
    linked: Vec<(&'a str, &'a str)>,
}

impl<'a> Near<'a> {
    fn new(
        known: &'a Known,
        views: &'a [View],
        view: &'a View,
        earlier: &'a BTreeSet<String>,
    ) -> Near<'a> {
        let spans = view.page.spans.iter();
        let linked = spans.filter_map(|span| {
            let mut links = view.page.links.iter();
            let (to, _) = links.find(|(_, range)| {
                range.start <= span.range.start && span.range.end <= range.end
            })?;
            Some((&*span.text, &**to))
        });
        Near {
            known,
            views,
            view,
            earlier,
            linked: linked.collect(),
        }
    }

    fn check(&self, span: &Span) -> Option<Finding> {
        let text = &*span.text;
        let part = tokens(text);
        let file = self.view.page.file;
        if span.doubled {
            let message = format!("a listing of this page has `{text}`");
            let hint = "two backticks are for what is not shown";
            return self.is_shown(self.view, text, &part).then(|| {
                file.finding("far-name", span.range.clone(), message)
                    .hint(hint)
            });
        }
        if self.is_no_name(text, &part)
            || self.is_shown(self.view, text, &part)
            || self.is_shown_earlier(&part)
            || self.is_linked(text, &part)
            || self.leads_there(span, text, &part)
            || self.known.words.has_word(text)
        {
            return None;
        }
        let message = format!("no listing of this page has `{text}`");
        let finding = file.finding("far-name", span.range.clone(), message);
        Some(finding.hint(self.advice(span, &part)))
    }

    /// What is held to something else: commands, files, tests, numbers, and
    /// what somebody who knows Rust knows.
    fn is_no_name(&self, text: &str, part: &[Token]) -> bool {
        let is_test = self.known.index.tests.contains(text);
        let is_number = text.chars().all(|c| !c.is_alphabetic() && c != '?');
        is_test
            || is_number
            || cargo::starts(text)
            || names::is_command(self.known, text)
            || names::looks_like_path(text)
            || self.known.book.has(text)
            || self.known.workspace.targets().any(|target| target == text)
            || self.is_basic(part)
    }

    /// A type that comes with the language, alone.
    fn is_basic(&self, part: &[Token]) -> bool {
        const TYPES: [&str; 28] = [
            "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128",
            "isize", "str", "u8", "u16", "u32", "u64", "u128", "usize", "Box",
            "Iterator", "Option", "Result", "Some", "None", "Ok", "Err",
            "String", "Vec", "Self",
        ];
        matches!(part, [only] if TYPES.contains(&only.text()))
    }

    /// A path is shown if its last part is, and the code has the others:
    /// `Server::addr` by the listing of `addr`.
    fn is_shown(&self, view: &View, text: &str, part: &[Token]) -> bool {
        let shown = |text: &str, part: &[Token]| {
            view.exhibits.iter().any(|one| one.shows(text, part))
        };
        shown(text, part)
            || parts(text).is_some_and(|parts| {
                parts.iter().all(|one| shown(one, &tokens(one)))
            })
            || self
                .last(text)
                .is_some_and(|last| shown(last, &tokens(last)))
    }

    /// The last part of a path whose other parts the code has.
    fn last<'t>(&self, text: &'t str) -> Option<&'t str> {
        let (path, last) = text.rsplit_once("::")?;
        let mut parts = path.split("::");
        let names = &self.known.index.items;
        parts.all(|part| names.contains(part)).then_some(last)
    }

    /// An item of the code has been shown on an earlier page.
    fn is_shown_earlier(&self, part: &[Token]) -> bool {
        let items = &self.known.index.items;
        let mut names = words(part).peekable();
        names.peek().is_some()
            && names
                .all(|word| items.contains(word) && self.earlier.contains(word))
    }

    /// The page says it once in a link that leads to it.
    fn is_linked(&self, text: &str, part: &[Token]) -> bool {
        self.linked
            .iter()
            .any(|(said, to)| *said == text && self.link_has(to, text, part))
    }

    fn link_has(&self, to: &str, text: &str, part: &[Token]) -> bool {
        let Some(target) = self.view.target(to) else {
            // To another site, or to a heading: its address says the name.
            let word = words(part).last().unwrap_or(text);
            return to.to_lowercase().contains(&word.to_lowercase());
        };
        let folder = self.known.book.settings.file_pages.as_ref();
        let folder = folder.map(|folder| self.known.book.src.join(folder));
        if folder.is_some_and(|folder| target.starts_with(folder)) {
            return true;
        }
        self.page(&target).is_some_and(|view| {
            self.is_shown(view, text, part)
                || view.page.spans.iter().any(|span| span.text == text)
        })
    }

    fn page(&self, path: &Path) -> Option<&View<'_>> {
        self.views.iter().find(|view| view.page.file.path == path)
    }

    /// The section has a link to an earlier page that shows it.
    fn leads_there(&self, span: &Span, text: &str, part: &[Token]) -> bool {
        let Some(section) = self.view.section_at(span.range.start) else {
            return false;
        };
        let links = self.view.page.links.iter();
        let targets = links
            .filter(|(_, range)| section.range.contains(&range.start))
            .filter_map(|(to, _)| self.view.target(to));
        let own = &self.view.page.file.path;
        let mut before = self
            .views
            .iter()
            .take_while(|view| view.page.file.path != *own);
        let targets: Vec<_> = targets.collect();
        before.any(|view| {
            targets.contains(&view.page.file.path)
                && self.is_shown(view, text, part)
        })
    }

    /// Where the name is, if it is anywhere.
    fn advice(&self, span: &Span, part: &[Token]) -> String {
        let text = &*span.text;
        let section = self.view.section_at(span.range.start);
        let beside = section.and_then(|section| {
            let shown = self.view.shown_in(section);
            let listings = shown.filter(|one| one.kind == Kind::Code);
            listings
                .last()
                .map(|one| format!("{} does not have it; ", one.name))
        });
        let beside = beside.unwrap_or_default();
        if let Some((view, section, shown)) = self.elsewhere(text, part) {
            let name = section::name(self.known.book, &view.page.file.path);
            let place = section.map_or(name, |section| section.key.clone());
            return format!("{beside}it is in {shown}, in {place}: link there");
        }
        let sources = self.known.book.sources.iter();
        let mut files =
            sources.filter(|file| crate::code::has(&tokens(&file.text), part));
        match files.next() {
            Some(file) => format!(
                "{beside}`{}` has it: show that, or link to its page",
                file.path.display()
            ),
            None => format!(
                "{beside}show it, or link to what explains it, its \
                 documentation for instance"
            ),
        }
    }

    fn elsewhere(
        &self,
        text: &str,
        part: &[Token],
    ) -> Option<(&View<'_>, Option<&Section>, &str)> {
        self.views.iter().find_map(|view| {
            let mut shown = view.exhibits.iter();
            let shown = shown.find(|one| one.shows(text, part))?;
            let section = view.section_at(shown.range.start);
            Some((view, section, &*shown.name))
        })
    }
}

/// The pieces of code that leaves something out by three dots.
fn parts(text: &str) -> Option<Vec<&str>> {
    let parts = text.split("...").map(str::trim);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    (text.contains("...") && !parts.is_empty()).then_some(parts)
}

impl Near<'_> {
    /// The names in drawings, and in the captions below them: they must exist,
    /// and readers must have met them.
    fn drawings(&self, findings: &mut Vec<Finding>) {
        let drawings = self.view.exhibits.iter();
        let drawings = drawings.filter(|one| one.kind == Kind::Drawing);
        for drawing in drawings {
            if let Some(file) = self.known.included.files.get(&drawing.path) {
                for words in drawing::words(file) {
                    self.words(file, words.range, findings);
                }
            }
        }
        let page = self.view.page;
        let is_note = |range: &Range<usize>| {
            page.comments.iter().any(|note| note.contains(&range.start))
        };
        for range in page.html.iter().filter(|range| !is_note(range)) {
            let html = &page.file.text[range.clone()];
            for (at, words) in outside_of_tags(html) {
                let start = range.start + at;
                self.words(page.file, start..start + words.len(), findings);
            }
        }
    }

    fn words(
        &self,
        file: &File,
        range: Range<usize>,
        findings: &mut Vec<Finding>,
    ) {
        for (at, word) in drawing::code_words(&file.text[range.clone()]) {
            let start = range.start + at;
            let span = start..start + word.len();
            findings.extend(self.word(file, span, word));
        }
    }

    fn word(
        &self,
        file: &File,
        span: Range<usize>,
        word: &str,
    ) -> Option<Finding> {
        let part = tokens(word);
        let index = self.known.index;
        if self.known.words.has_word(word) {
            return None;
        }
        let is_defined = words(&part).all(|name| {
            index.names.contains(name)
                || index.imports.contains_key(name)
                || self.known.words.item(name).is_some()
                || names::is_rust(name)
        });
        if !is_defined {
            let message = format!("nothing is called `{word}`");
            let finding = file.finding("unknown-name", span, message);
            let names = index.names.iter().map(String::as_str);
            return Some(finding.did_you_mean(word, names));
        }
        let listings = self.view.exhibits.iter();
        let mut listings = listings.filter(|one| one.kind != Kind::Drawing);
        let is_near = listings.any(|one| one.shows(word, &part))
            || self.view.page.spans.iter().any(|one| one.text == word)
            || self.is_shown_earlier(&part);
        let page = self.view.page.file.path.display();
        let message = format!("no listing of `{page}` has `{word}`");
        (!is_near).then(|| {
            file.finding("far-name", span, message)
                .hint("draw what the page shows, or speak of it there")
        })
    }
}

/// The text of HTML, and where it stands. What is said to those who do not see
/// a picture is text as well.
fn outside_of_tags(html: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut rest = 0;
    while rest < html.len() {
        let open = html[rest..].find('<').map_or(html.len(), |at| rest + at);
        found.push((rest, &html[rest..open]));
        let close = html[open..]
            .find('>')
            .map_or(html.len(), |at| open + at + 1);
        let tag = &html[open..close];
        for name in ["alt=\"", "aria-label=\"", "title=\""] {
            if let Some(at) = tag.find(name) {
                let start = open + at + name.len();
                let end =
                    html[start..].find('"').map_or(close, |at| start + at);
                found.push((start, &html[start..end]));
            }
        }
        rest = close;
    }
    found.retain(|(_, text)| !text.contains("{{#"));
    found
}
