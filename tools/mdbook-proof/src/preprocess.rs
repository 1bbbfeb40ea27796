//! What mdBook's readers get: captions above the listings, terminals side by
//! side, and none of the notes that were for the proof-reader only.

use std::{collections::BTreeMap, fmt::Write, io, ops::Range};

use anyhow::{Result, bail};
use mdbook_preprocessor::book::BookItem;

use crate::{
    Book, check,
    finding::File,
    page::{Block, Page},
    place::Places,
    render,
    rules::includes::path_of,
    session::{Action, Session},
    source::{Excerpt, excerpt},
};

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
    let (context, mut pages) = mdbook_preprocessor::parse_input(input)?;
    let book = Book::load(&context.root)?;
    let findings = check(&book)?.findings;
    if !findings.is_empty() {
        bail!("{}{}", render(&findings, colour), tally(findings.len()));
    }
    let mut sources = Sources::default();
    pages.for_each_mut(|item| {
        if let BookItem::Chapter(chapter) = item
            && let Some(path) = &chapter.source_path
        {
            let file = File::new(book.src.join(path), &*chapter.content);
            chapter.content = rewrite(&book, &file, &mut sources);
        }
    });
    serde_json::to_writer(output, &pages)?;
    Ok(())
}

/// `3 things are wrong`.
pub fn tally(count: usize) -> String {
    match count {
        1 => "1 thing is wrong".to_owned(),
        _ => format!("{count} things are wrong"),
    }
}

/// The files that pages include, each read and taken apart once.
#[derive(Debug, Default)]
pub struct Sources {
    files: BTreeMap<String, (File, Places)>,
}

impl Sources {
    fn get(&mut self, book: &Book, path: &str) -> Option<&(File, Places)> {
        if !self.files.contains_key(path) {
            let file = book.read(path).ok()?;
            let places = Places::new(&file.text);
            self.files.insert(path.to_owned(), (file, places));
        }
        self.files.get(path)
    }
}

/// The page as mdBook is to render it.
pub fn rewrite(book: &Book, file: &File, sources: &mut Sources) -> String {
    let page = Page::parse(file);
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for block in page.blocks.iter().filter(|block| !block.nested) {
        if block.language() == "session" {
            if let Ok(session) = Session::parse(file, block) {
                edits.push((block.range.clone(), terminals(&session)));
            }
        } else if let Some(figure) = listing(book, &page, block, sources) {
            edits.push((block.range.clone(), figure));
        }
    }
    for comment in &page.comments {
        let text = &file.text[comment.clone()];
        let is_note =
            text.starts_with("<!-- = ") || text.contains("proof: allow(");
        if is_note && page.block_at(comment.start).is_none() {
            edits.push((comment.clone(), String::new()));
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut text = file.text.to_string();
    for (range, replacement) in edits.into_iter().rev() {
        text.replace_range(range, &replacement);
    }
    text
}

/// The block with the caption of its first include, and at the left margin.
fn listing(
    book: &Book,
    page: &Page,
    block: &Block,
    sources: &mut Sources,
) -> Option<String> {
    let directives = page.directives();
    let mut inside = directives
        .iter()
        .filter(|one| block.content.contains(&one.range.start));
    let first = inside.next()?;
    let path = path_of(page.file, first);
    let (source, places) = sources.get(book, &path)?;
    let shown = excerpt(source, first.anchor.as_deref())?;

    let place = first.anchor.as_ref().and_then(|_| places.place(&shown));
    let mut caption = format!("<code>{}</code>", escape(&path));
    if let Some(place) = place {
        // Code in HTML: markdown's backticks have no meaning there.
        let place = escape(&place).replacen('`', "<code>", 1);
        write!(caption, ", {}", place.replacen('`', "</code>", 1)).ok()?;
    }
    let fence = &page.file.text[block.range.clone()];
    let fence = match inside.next() {
        None => fence.replace(
            &page.file.text[first.range.clone()],
            &dedent(&shown).unwrap_or_else(|| {
                page.file.text[first.range.clone()].to_owned()
            }),
        ),
        Some(_) => fence.to_owned(),
    };
    Some(format!(
        "<figure class=\"listing\">\n<figcaption>{caption}</figcaption>\n\n\
         {}\n\n</figure>\n",
        fence.trim_end()
    ))
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

/// The session's terminals, side by side: a column for each, and the lines in
/// the rows of the moments in which they happen.
fn terminals(session: &Session) -> String {
    let names = session.terminals();
    let rows = session.steps.len() + 1;
    let mut html = format!(
        "<div class=\"session\" style=\"--terminals: {}; --rows: {rows}\">\n",
        names.len()
    );
    for name in names {
        html += "<div class=\"terminal\">\n";
        html += &format!("<div class=\"terminal-name\">{name}</div>\n");
        for (index, step) in session.steps.iter().enumerate() {
            if step.terminal == name {
                html += &line(index + 2, &step.action);
            }
        }
        html += "</div>\n";
    }
    html + "</div>\n"
}

fn line(row: usize, action: &Action) -> String {
    let (class, content) = match action {
        Action::Command(text) => (
            "command",
            format!(
                "<span class=\"prompt\">$ </span><kbd>{}</kbd>",
                escape(text)
            ),
        ),
        Action::Type(text) => ("typed", format!("<kbd>{}</kbd>", escape(text))),
        Action::Key(key) => ("key", format!("<kbd>Ctrl-{key}</kbd>")),
        Action::Print(text) => {
            ("printed", format!("<samp>{}</samp>", escape(text)))
        }
    };
    format!(
        "<div class=\"line {class}\" style=\"--row: {row}\">{content}</div>\n"
    )
}

/// Text that is safe in HTML, and that markdown leaves alone.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
