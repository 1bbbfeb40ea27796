//! What a section shows, and what its words are about: listings, sessions,
//! drawings, tables that programs have written, and the tests that it names as
//! its proof.

use std::{
    borrow::Cow, collections::BTreeSet, fmt::Write, ops::Range, sync::LazyLock,
};

use regex::Regex;
use sha2::{Digest, Sha256};

use crate::{
    book::Book,
    code::{Token, function, has, says, tokens},
    cures::cures,
    diff::{self, Diff},
    drawing,
    edit::{Change, Edit},
    finding::File,
    notes::{Note, Proof, notes},
    page::{Block, Directive, Page, path_of},
    since,
    source::{Excerpt, Selection, excerpt},
};

/// How an exhibit is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Rust: by its tokens.
    Code,
    /// A session, or any other text: by its words.
    Text,
    /// A drawing: by the words in it.
    Drawing,
    /// A test that proves what a sentence says.
    Test,
    /// What an author has typed: part of the page, and nothing that it shows
    /// of anything else.
    Typed,
}

/// Something that a page shows, or is about.
#[derive(Debug, Clone)]
pub struct Exhibit {
    /// What a message calls it.
    pub name: String,
    /// How it is read.
    pub kind: Kind,
    /// What readers see of it.
    pub text: String,
    /// The place on the page.
    pub range: Range<usize>,
    /// Its file, relative to the book's root; the page, if it is on it.
    pub path: String,
    tokens: Vec<Token>,
    /// The lines that it marks as new, if it marks any.
    new: Option<Vec<Token>>,
}

/// How a file is read that a page names, relative to the book's root.
pub type Reader<'a> = &'a dyn Fn(&str) -> Option<File>;

/// Everything that a page shows or is about, in its order.
pub fn exhibits(book: &Book, page: &Page, read: Reader) -> Vec<Exhibit> {
    let mut found = Vec::new();
    let directives = page.directives();
    for block in &page.blocks {
        let mut inside = directives
            .iter()
            .filter(|one| block.content.contains(&one.range.start))
            .peekable();
        if inside.peek().is_none() {
            found.push(edit(page, block).unwrap_or_else(|| typed(page, block)));
        }
        let shown = inside.filter_map(|one| listing(page, block, one, read));
        found.extend(shown);
    }
    let is_outside =
        |one: &&Directive| page.block_at(one.range.start).is_none();
    let outside = directives.iter().filter(is_outside);
    found.extend(
        outside.filter_map(|one| outside_of_blocks(book, page, one, read)),
    );
    for (range, note) in notes(page) {
        found.extend(noted(book, range, &note, read));
    }
    found.sort_by_key(|one| one.range.start);
    found
}

fn typed(page: &Page, block: &Block) -> Exhibit {
    let text = &page.file.text[block.content.clone()];
    let is_session = block.language() == "session";
    let kind = if is_session { Kind::Text } else { Kind::Typed };
    let name = if is_session {
        "the session"
    } else {
        "the block"
    };
    let path = page.file.path.to_string_lossy();
    Exhibit::new(name, kind, text, block.range.clone(), &path)
}

/// An edit: code, of which the changed lines are told apart.
fn edit(page: &Page, block: &Block) -> Option<Exhibit> {
    if block.language() != "edit" {
        return None;
    }
    let edit = Edit::parse(page.file, block).ok()?;
    let lines = edit.lines.iter().map(|line| (line.change, &*line.text));
    let name = format!("the edit of `{}`", edit.file);
    let range = block.range.clone();
    let path = page.file.path.to_string_lossy();
    let shown =
        Exhibit::new(&name, kind(&edit.file), &edit.diff(), range, &path);
    Some(shown.of_changes(lines))
}

fn listing(
    page: &Page,
    block: &Block,
    directive: &Directive,
    read: Reader,
) -> Option<Exhibit> {
    let path = path_of(page.file, directive);
    let file = read(&path)?;
    let shown = excerpt(&file, directive.selection())?;
    let name = match directive.name() {
        Some(anchor) => format!("`{anchor}`"),
        None => format!("`{path}`"),
    };
    let kind = kind(&path);
    let range = directive.range.clone();
    let mut exhibit = Exhibit::new(&name, kind, &shown.text, range, &path);
    let beside = |path: Option<String>| read(&path?);
    if let Some(older) = beside(diff::path(block, &path)) {
        return Some(added(exhibit, &older, &file, directive.selection()));
    }
    if let Some(older) = beside(since::path(block, &path)) {
        exhibit.new = Some(new_tokens(&older, &file, &shown));
    }
    Some(exhibit)
}

/// What a file adds to an older one, in place of all that it has.
fn added(
    whole: Exhibit,
    older: &File,
    file: &File,
    selection: Selection,
) -> Exhibit {
    let diff = Diff::new(older, file, selection);
    let shown = Exhibit {
        name: format!(
            "what {} adds to `{}`",
            whole.name,
            older.path.to_string_lossy()
        ),
        text: diff.text(),
        ..whole
    };
    shown.of_changes(diff.lines())
}

fn new_tokens(older: &File, file: &File, shown: &Excerpt) -> Vec<Token> {
    let new = since::added(older, file, shown);
    let lines = shown.text.lines().enumerate();
    let lines = lines.filter(|(number, _)| new.contains(number));
    let lines: Vec<&str> = lines.map(|(_, line)| line).collect();
    tokens(&lines.join("\n"))
}

/// Drawings, and tables that programs have written. Other text is as good as
/// typed, and is read as a page of its own.
fn outside_of_blocks(
    book: &Book,
    page: &Page,
    directive: &Directive,
    read: Reader,
) -> Option<Exhibit> {
    let path = path_of(page.file, directive);
    let measured = &book.settings.measured;
    let is_drawing = path.ends_with(".svg");
    let is_table = measured
        .iter()
        .any(|folder| std::path::Path::new(&path).starts_with(folder));
    if !is_drawing && !is_table {
        return None;
    }
    let file = read(&path)?;
    let range = directive.range.clone();
    let name = format!("`{path}`");
    Some(if is_drawing {
        let words = drawing::words(&file);
        let words: Vec<&str> = words.iter().map(|word| &*word.text).collect();
        Exhibit::new(&name, Kind::Drawing, &words.join("\n"), range, &path)
    } else {
        let shown = excerpt(&file, directive.selection())?;
        Exhibit::new(&name, Kind::Text, &shown.text, range, &path)
    })
}

/// What a note leads to: a file that the section is about, or a test.
fn noted(
    book: &Book,
    range: Range<usize>,
    note: &Note,
    read: Reader,
) -> Vec<Exhibit> {
    match note {
        Note::About(about) => {
            let (path, part) = match about.split_once(':') {
                Some((path, part)) => (path, part),
                None => (&**about, ""),
            };
            let shown = read(path).and_then(|file| {
                Some(excerpt(&file, Selection::parse(part))?.text)
            });
            let name = format!("`{about}`");
            let about = |text: String| {
                Exhibit::new(&name, kind(path), &text, range, path)
                    .without_comments()
            };
            shown.map(about).into_iter().collect()
        }
        Note::Proof(proofs) => proofs
            .iter()
            .filter_map(|proof| proving(book, range.clone(), proof, read))
            .collect(),
        Note::Cures(path) => cured(path, range, read).into_iter().collect(),
        Note::Session | Note::None(_) | Note::Table => Vec::new(),
    }
}

/// A test that proves something.
fn proving(
    book: &Book,
    range: Range<usize>,
    proof: &Proof,
    read: Reader,
) -> Option<Exhibit> {
    let path = proof.file(book)?;
    let file = read(&path)?;
    let text = function(&file.text, &proof.test)?;
    let name = format!("`{}`", proof.test);
    let test = Exhibit::new(&name, Kind::Test, text, range, &path);
    Some(test.without_comments())
}

/// A table of cures, by its rows. Which of its words are programs, only cargo
/// knows.
fn cured(path: &str, range: Range<usize>, read: Reader) -> Option<Exhibit> {
    let cures = cures(path, read)?;
    let rows = cures
        .iter()
        .map(|cure| cure.row(&BTreeSet::new()).join(" | "));
    let text = rows.collect::<Vec<_>>().join("\n");
    let name = format!("the table of `{path}`");
    Some(Exhibit::new(&name, Kind::Text, &text, range, path))
}

fn kind(path: &str) -> Kind {
    match path.ends_with(".rs") {
        true => Kind::Code,
        false => Kind::Text,
    }
}

impl Exhibit {
    fn new(
        name: &str,
        kind: Kind,
        text: &str,
        range: Range<usize>,
        path: &str,
    ) -> Exhibit {
        Exhibit {
            name: name.to_owned(),
            kind,
            text: text.to_owned(),
            range,
            path: path.to_owned(),
            tokens: match kind {
                Kind::Code | Kind::Test => tokens(text),
                _ => Vec::new(),
            },
            new: None,
        }
    }

    /// The same, of these lines, where those that are changed are told apart.
    /// Its text has their signs.
    fn of_changes<'a>(
        mut self,
        lines: impl Iterator<Item = (Change, &'a str)>,
    ) -> Exhibit {
        let (mut all, mut changed) = (String::new(), String::new());
        for (change, line) in lines {
            let _ = writeln!(all, "{line}");
            if change != Change::Keep {
                let _ = writeln!(changed, "{} {line}", change.mark());
            }
        }
        if self.kind == Kind::Code {
            self.tokens = tokens(&all);
        }
        self.new = Some(tokens(&changed));
        self
    }

    /// Whether it is said to add something to another file, and adds nothing.
    pub fn adds_nothing(&self) -> bool {
        self.new.as_ref().is_some_and(Vec::is_empty)
    }

    /// The tokens of code.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Whether the prose has to be read again when it changes.
    pub fn counts(&self) -> bool {
        self.kind != Kind::Typed
    }

    /// Whether a reader who has seen it has seen `text`, of which these are
    /// the tokens. What is drawn has to be shown elsewhere.
    pub fn shows(&self, text: &str, part: &[Token]) -> bool {
        match self.kind {
            Kind::Test | Kind::Drawing => false,
            Kind::Text | Kind::Typed => says(&self.text, text),
            Kind::Code => {
                has(&self.tokens, part)
                    || self.tokens.iter().any(|token| {
                        token.is_text() && says(token.text(), text)
                    })
            }
        }
    }

    /// The same without its comments, which the page does not show.
    fn without_comments(mut self) -> Exhibit {
        self.tokens
            .retain(|token| !matches!(token, Token::Comment(_)));
        self
    }

    /// What is the same as long as readers see the same.
    pub fn digest(&self) -> String {
        let mut text = String::new();
        match self.kind {
            Kind::Code | Kind::Test => {
                for token in self.tokens.iter().chain(self.new.iter().flatten())
                {
                    let _ = writeln!(text, "{}", token.text());
                }
                let new = self.new.as_ref().map_or(0, Vec::len);
                let _ = write!(text, "{new}");
            }
            Kind::Text | Kind::Drawing | Kind::Typed => {
                let lines = self.text.lines().map(str::trim_end);
                for line in lines.filter(|line| !line.is_empty()) {
                    let line = match self.path.ends_with(".stderr") {
                        true => without_numbers(line),
                        false => line.into(),
                    };
                    let _ = writeln!(text, "{line}");
                }
            }
        }
        digest(&text)
    }
}

/// A line of the compiler's without the numbers of lines, which change with
/// every line that is added above them.
fn without_numbers(line: &str) -> Cow<'_, str> {
    static NUMBERS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^ *\d* *(-->|[|=])|:\d+:\d+$").unwrap());
    NUMBERS.replace_all(line, "$1")
}

/// Twelve digits that stand for a text.
pub fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let digits = hash.iter().take(6).map(|byte| format!("{byte:02x}"));
    digits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compilers_numbers_of_lines_do_not_count() {
        let said = |first: u32, second: u32| {
            let text = format!(
                "error[E0382]: moved\n  --> src/a.rs:{first}:28\n   |\n\
                 {first} | a\n...\n{second} |     b(1)\n    |\n    = note: c\n"
            );
            Exhibit::new("", Kind::Text, &text, 0..0, "a.stderr").digest()
        };
        assert_eq!(said(9, 12), said(99, 102));
        let other = Exhibit::new("", Kind::Text, "1 | a", 0..0, "a.stderr");
        let more = Exhibit::new("", Kind::Text, "1 | b", 0..0, "a.stderr");
        assert_ne!(other.digest(), more.digest());
    }
}
