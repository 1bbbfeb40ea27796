//! What mdBook's readers get: captions that lead to the whole files, terminals
//! side by side, and none of the notes that were for the proof-reader only.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    ops::Range,
};

use anyhow::{Result, bail};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext, book::BookItem};

use crate::{
    Book, Report,
    book::relative,
    check,
    edit::Edit,
    files::Files,
    finding::{File, Finding},
    notes::{self, Note},
    page::{Block, Page},
    place::Places,
    profile::{Level, Profile},
    render,
    rules::claims::Claims,
    session::Session,
};

mod chapters;
mod claims;
mod listing;
mod terminals;
mod whole;

pub use whole::FilePage;

/// What is wrong with the words of a page, and not with what it shows.
const OF_WORDS: [&str; 4] =
    ["far-name", "unread", "unproved-claim", "unknown-proof"];

/// Speaks mdBook's protocol: reads the book from `input`, and writes it to
/// `output` as readers will see it.
///
/// # Errors
///
/// When anything is wrong with the book; the error's text says what, in colour
/// if `colour` is set. Also when the two do not understand each other.
pub fn run(
    input: impl io::Read,
    output: impl io::Write,
    colour: bool,
) -> Result<()> {
    let (context, pages) = mdbook_preprocessor::parse_input(input)?;
    let proof = Proof {
        is_served: is_served(&context.config),
        colour,
    };
    let pages = proof.run(&context, pages)?;
    serde_json::to_writer(output, &pages)?;
    Ok(())
}

/// The proof-reader as a part of a program that builds books itself.
#[derive(Debug, Clone, Copy)]
pub struct Proof {
    /// Whether the author is writing: what is wrong with the words of a page is
    /// said, and the page shown.
    pub is_served: bool,
    /// Whether what is wrong is said in colour.
    pub colour: bool,
}

impl Preprocessor for Proof {
    /// What `book.toml` calls it: `[preprocessor.proof]`.
    fn name(&self) -> &str {
        "proof"
    }

    /// The book as readers will see it.
    ///
    /// # Errors
    ///
    /// When anything is wrong with the book; the error's text says what.
    fn run(
        &self,
        context: &PreprocessorContext,
        mut pages: mdbook_preprocessor::book::Book,
    ) -> Result<mdbook_preprocessor::book::Book> {
        let book = Book::load(&context.root)?;
        let mut report = check(&book)?;
        for finding in &mut report.findings {
            if self.is_served && OF_WORDS.contains(&finding.rule) {
                finding.level = Level::Warn;
            }
        }
        let said = render(&report.findings, self.colour);
        if report.is_fatal() {
            bail!("{said}{}", tally(&report.findings));
        }
        // Whether somebody reads it is no matter of the book.
        let _ = io::stderr().write_all(said.as_bytes());
        let mut rewriter = Rewriter::new(&book).with_tables(report);
        let files = rewriter.file_pages();
        pages.for_each_mut(|item| {
            if let BookItem::Chapter(chapter) = item
                && let Some(path) = &chapter.source_path
            {
                let file = File::new(book.src.join(path), &*chapter.content);
                chapter.content = rewriter.rewrite(&file);
            }
        });
        if let Some(folder) = &book.settings.file_pages {
            chapters::add(&mut pages, folder, files);
        }
        Ok(pages)
    }
}

/// Whether `mdbook serve` builds the book: it tells its pages where they hear
/// of changes.
fn is_served(config: &mdbook_preprocessor::config::Config) -> bool {
    const ENDPOINT: &str = "output.html.live-reload-endpoint";
    matches!(config.get::<String>(ENDPOINT), Ok(Some(_)))
}

/// `3 things are wrong, and 1 may be`.
pub fn tally(findings: &[Finding]) -> String {
    let is_wrong = |one: &&Finding| one.level == Level::Deny;
    let wrong = findings.iter().filter(is_wrong).count();
    let maybe = findings.len() - wrong;
    let things = |count| if count == 1 { "thing" } else { "things" };
    let are = |count| if count == 1 { "is" } else { "are" };
    match (wrong, maybe) {
        (wrong, 0) => {
            format!("{wrong} {} {} wrong", things(wrong), are(wrong))
        }
        (0, maybe) => format!("{maybe} {} may be wrong", things(maybe)),
        _ => format!(
            "{wrong} {} {} wrong, and {maybe} may be",
            things(wrong),
            are(wrong)
        ),
    }
}

/// Rewrites the pages of a book.
#[derive(Debug)]
pub struct Rewriter<'a> {
    book: &'a Book,
    files: Files,
    /// The files that pages include, each read and taken apart once.
    sources: BTreeMap<String, (File, Places)>,
    /// What the pages claim.
    claims: Vec<Claims>,
    /// The rows of the tables of cures, by the files that the pages name.
    cures: BTreeMap<String, Vec<Vec<String>>>,
}

impl<'a> Rewriter<'a> {
    /// Looks through all pages, since the page of a file leads to the others.
    pub fn new(book: &'a Book) -> Rewriter<'a> {
        let pages: Vec<Page> = book.pages.iter().map(Page::parse).collect();
        Rewriter {
            book,
            files: Files::new(book, &pages),
            sources: BTreeMap::new(),
            claims: Vec::new(),
            cures: BTreeMap::new(),
        }
    }

    /// The same, for a book that shows tables of what it claims, and of what
    /// it cures.
    pub fn with_tables(self, report: Report) -> Rewriter<'a> {
        let Report { claims, cures, .. } = report;
        Rewriter {
            claims,
            cures,
            ..self
        }
    }

    /// The page as mdBook is to render it.
    pub fn rewrite(&mut self, file: &File) -> String {
        let page = Page::parse(file);
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        let captions = self.book.settings.has_captions();
        let blocks = page.blocks.iter().filter(|block| !block.nested);
        for block in blocks.filter(|_| captions) {
            let figure = self.figure(&page, block);
            edits.extend(figure.map(|html| (block.range.clone(), html)));
        }
        // Elsewhere such a comment is no note of ours.
        let has_notes = self.book.settings.profile == Profile::Proven;
        for comment in &page.comments {
            let text = &file.text[comment.clone()];
            let note = notes::parse(text).filter(|_| has_notes);
            let is_note = text.starts_with("<!-- = ") && has_notes
                || text.contains("proof: allow(")
                || note.is_some();
            if is_note && page.block_at(comment.start).is_none() {
                let table = note.and_then(|note| self.table(file, &note));
                edits.push((comment.clone(), table.unwrap_or_default()));
            }
        }
        edits.sort_by_key(|(range, _)| range.start);
        let mut text = file.text.to_string();
        for (range, replacement) in edits.into_iter().rev() {
            text.replace_range(range, &replacement);
        }
        text
    }

    /// The table that stands in place of a note, if one does.
    fn table(&self, page: &File, note: &Note) -> Option<String> {
        match note {
            Note::Table => Some(claims::table(&page.path, &self.claims)),
            Note::Cures(path) => Some(claims::cures(self.cures.get(path)?)),
            _ => None,
        }
    }

    fn figure(&mut self, page: &Page, block: &Block) -> Option<String> {
        if block.language() == "session" {
            let session = Session::parse(page.file, block).ok()?;
            let caption = self.where_played(page, &session);
            return Some(terminals::terminals(&session, &caption));
        }
        if block.language() == "edit" {
            let edit = Edit::parse(page.file, block).ok()?;
            return Some(self.edit(page, &edit));
        }
        self.listing(page, block)
    }

    /// An edit, below the name of its file.
    fn edit(&self, page: &Page, edit: &Edit) -> String {
        let caption = format!(
            "<span>An edit of {}</span>",
            self.name_of(page, &edit.file)
        );
        let attributes = "class=\"edit\"";
        let fence = whole::fence("edit.diff", &edit.diff());
        listing::figure(attributes, &caption, &fence)
    }

    /// The name of a file, which leads to its page if it has one.
    fn name_of(&self, page: &Page, path: &str) -> String {
        let name = format!("<code>{}</code>", escape(path));
        match self.files.page(path) {
            Some(target) => {
                let target = relative(&page.file.path, target);
                format!("<a href=\"{target}\">{name}</a>")
            }
            None => name,
        }
    }

    /// What stands below a session in the reader's own package: its folder,
    /// and the program.
    fn where_played(&self, page: &Page, session: &Session) -> String {
        let own = self.book.settings.session.own.as_ref();
        let (Some(own), Some(path)) = (own, &session.with) else {
            return String::new();
        };
        let folder = own.folder.display();
        let name = self.name_of(page, path);
        format!(
            "<figcaption>In your folder <code>{folder}</code>, with the code \
             of {name}.</figcaption>\n"
        )
    }

    fn source(&mut self, path: &str) -> Option<&(File, Places)> {
        if !self.sources.contains_key(path) {
            let file = self.book.read(path).ok()?;
            let places = Places::new(&file.text);
            self.sources.insert(path.to_owned(), (file, places));
        }
        self.sources.get(path)
    }
}

/// Text that is safe in HTML, and that markdown leaves alone.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
