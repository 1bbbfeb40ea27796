//! Inline code: every name in it must be the name of something.

use std::{collections::BTreeSet, path::Path};

use proc_macro2::{TokenStream, TokenTree};

use crate::{
    book::Book,
    finding::Finding,
    index::Index,
    page::{Page, Span},
    rules::{cargo, includes::Included},
    view::View,
    words::Words,
    workspace::Workspace,
};

use foreign::{is_foreign, note_foreign};
use shown::Shown;

mod foreign;
mod shown;

/// What the names of a page may refer to.
#[derive(Debug)]
pub struct Known<'a> {
    /// The book.
    pub book: &'a Book,
    /// What the crates define.
    pub index: &'a Index,
    /// The word list.
    pub words: &'a Words,
    /// What cargo can be told.
    pub workspace: &'a Workspace,
    /// What the pages include.
    pub included: &'a Included,
}

impl Known<'_> {
    /// Whether names can be checked: the book is about crates of its own, and
    /// cargo has said what is in them.
    pub fn has_names(&self) -> bool {
        !self.book.settings.crates.is_empty() && self.workspace.is_known
    }
}

/// Checks the inline code of a page. Names of items in other crates are added
/// to `foreign`, with their full paths, for rustdoc to prove.
pub fn check(
    known: &Known,
    view: &View,
    foreign: &mut BTreeSet<String>,
    findings: &mut Vec<Finding>,
) {
    let page = view.page;
    let shown = Shown::new(view);
    for span in &page.spans {
        resolve(known, &shown, page, span, foreign, findings);
    }
}

fn resolve(
    known: &Known,
    shown: &Shown,
    page: &Page,
    span: &Span,
    foreign: &mut BTreeSet<String>,
    findings: &mut Vec<Finding>,
) {
    let text = &*span.text;
    if known.words.has_word(text) {
        return;
    }
    if cargo::starts(text) {
        let wrong = cargo::check(known.workspace, text, known.index).err();
        let wrong =
            wrong.map(|wrong| wrong.finding(page.file, span.range.clone()));
        findings.extend(wrong);
    } else if is_command(known, text) {
        // What it does is for the sessions to prove.
    } else if shown.says(text) || known.index.texts.contains(text) {
        note_foreign(known, text, foreign);
    } else if looks_like_path(text) {
        findings.extend(missing(known.book, page, span));
    } else if !(text.contains(' ') && is_printed(known.index, text)) {
        identifiers(known, shown, page, span, foreign, findings);
    }
}

pub(super) fn is_command(known: &Known, text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    (text.contains(' ') || is_on_path(first)) && known.words.has_command(first)
}

fn missing(book: &Book, page: &Page, span: &Span) -> Option<Finding> {
    if path_exists(book, &span.text) {
        return None;
    }
    let message = format!("there is no file `{}`", span.text);
    Some(unknown(page, span, message, &span.text, &paths(book)))
}

/// Rust: each identifier must have a definition somewhere.
fn identifiers(
    known: &Known,
    shown: &Shown,
    page: &Page,
    span: &Span,
    foreign: &mut BTreeSet<String>,
    findings: &mut Vec<Finding>,
) {
    let mut idents = BTreeSet::new();
    match span.text.parse::<TokenStream>() {
        Ok(tokens) => collect_idents(tokens, &mut idents),
        // It is no Rust, but it may have names in it.
        Err(_) => {
            let mut words =
                span.text.split(|c: char| !c.is_alphanumeric() && c != '_');
            let is_name = |word: &&str| word.len() > 1 && word.contains('_');
            idents.extend(words.by_ref().filter(is_name).map(str::to_owned));
        }
    }
    note_foreign(known, &span.text, foreign);
    for ident in idents {
        let is_known = is_rust(&ident)
            || known.index.names.contains(&ident)
            || known.workspace.targets().any(|target| target == ident)
            || shown.idents.contains(&*ident)
            || known.index.texts.contains(&ident)
            || is_foreign(known, &span.text, &ident, foreign);
        if !is_known {
            let message = format!("nothing is called `{ident}`");
            let names = &known.index.names;
            findings.push(unknown(page, span, message, &ident, names));
        }
    }
}

/// Keywords, primitive types, and what every program has without importing.
pub(super) fn is_rust(ident: &str) -> bool {
    const WORDS: &str = "_ as async await bool break char const continue crate \
        dyn else enum extern f32 f64 false fn for i8 i16 i32 i64 i128 if impl \
        in isize let loop match mod move mut pub ref return Self self static \
        str struct super trait true type u8 u16 u32 u64 u128 unsafe use usize \
        where while yield Ok Err Some None Result Option Vec String Box Drop \
        Clone Copy Debug Default Send Sync Sized Fn FnMut FnOnce From Into \
        Iterator IntoIterator Future drop derive cfg test allow deny doc \
        hidden AsRef AsMut Eq Ord PartialEq PartialOrd Hash ToOwned ToString \
        TryFrom TryInto assert assert_eq assert_ne dbg eprint eprintln format \
        matches panic print println todo unimplemented unreachable vec write \
        writeln";
    WORDS.split_whitespace().any(|word| word == ident)
}

fn collect_idents(tokens: TokenStream, found: &mut BTreeSet<String>) {
    let mut lifetime = false;
    for token in tokens {
        match token {
            // The name of a lifetime is as good as any other.
            TokenTree::Ident(_) if lifetime => lifetime = false,
            TokenTree::Ident(ident) => {
                found.insert(ident.to_string());
            }
            TokenTree::Group(group) => collect_idents(group.stream(), found),
            TokenTree::Punct(punct) => lifetime = punct.as_char() == '\'',
            TokenTree::Literal(_) => {}
        }
    }
}

/// Whether a program may print `text`: a literal has it in it.
fn is_printed(index: &Index, text: &str) -> bool {
    index.texts.iter().any(|literal| literal.contains(text))
}

fn is_on_path(program: &str) -> bool {
    !program.is_empty() && !program.contains(['/', '(', ':', '`'])
}

pub(super) fn looks_like_path(text: &str) -> bool {
    const ENDINGS: [&str; 12] = [
        ".rs", ".md", ".toml", ".lock", ".svg", ".css", ".js", ".sh", ".txt",
        ".json", ".yml", ".html",
    ];
    let is_path = !text.contains([' ', '(', ':', '\\', '<', '"']);
    let has_letters = text.chars().any(char::is_alphabetic);
    let has_ending = ENDINGS.iter().any(|ending| text.ends_with(ending));
    is_path && has_letters && (text.contains('/') || has_ending)
}

fn path_exists(book: &Book, text: &str) -> bool {
    let path = Path::new(text.trim_start_matches("./"));
    book.has(path)
        || book.has(book.src.join(path))
        || book
            .sources
            .iter()
            .any(|source| source.path.ends_with(path))
}

fn paths(book: &Book) -> BTreeSet<String> {
    let files = book.sources.iter().chain(&book.pages);
    files
        .map(|file| file.path.to_string_lossy().into_owned())
        .collect()
}

fn unknown(
    page: &Page,
    span: &Span,
    message: String,
    word: &str,
    names: &BTreeSet<String>,
) -> Finding {
    let finding = page
        .file
        .finding("unknown-name", span.range.clone(), message)
        .did_you_mean(word, names.iter().map(String::as_str));
    match finding.hint {
        Some(_) => finding,
        None => finding.hint("if it is not ours, add it to the word list"),
    }
}
