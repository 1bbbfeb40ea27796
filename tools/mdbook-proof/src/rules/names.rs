//! Inline code: every name in it must be the name of something.

use std::{collections::BTreeSet, path::Path, sync::LazyLock};

use proc_macro2::{TokenStream, TokenTree};
use regex::Regex;

use crate::{
    book::Book,
    finding::Finding,
    index::Index,
    page::{Page, Span, path_of},
    rules::{cargo, includes::Included},
    source::excerpt,
    words::Words,
    workspace::Workspace,
};

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
    page: &Page,
    foreign: &mut BTreeSet<String>,
    findings: &mut Vec<Finding>,
) {
    let shown = Shown::new(known, page);
    for span in &page.spans {
        resolve(known, &shown, page, span, foreign, findings);
    }
}

/// What the page itself shows: its sessions and listings.
struct Shown {
    lines: Vec<String>,
    idents: BTreeSet<String>,
}

impl Shown {
    fn new(known: &Known, page: &Page) -> Shown {
        let mut lines = Vec::new();
        // What a session shows is executed. Nobody vouches for other blocks.
        let sessions =
            page.blocks.iter().filter(|one| one.language() == "session");
        for block in sessions {
            let content = &page.file.text[block.content.clone()];
            lines.extend(content.lines().map(str::to_owned));
        }
        let mut idents = BTreeSet::new();
        for directive in page.directives() {
            let path = path_of(page.file, &directive);
            let file = known.included.files.get(&path);
            let selection = directive.selection();
            if let Some(shown) = file.and_then(|file| excerpt(file, selection))
            {
                let tokens = shown.text.parse().unwrap_or_default();
                collect_idents(tokens, &mut idents);
                // Elsewhere than in a block it is text, which proves nothing.
                if page.block_at(directive.range.start).is_some() {
                    lines.extend(shown.text.lines().map(str::to_owned));
                }
            }
        }
        Shown { lines, idents }
    }

    /// Whether a line shows `text`, and not only as a part of a longer word.
    fn says(&self, text: &str) -> bool {
        let is_word = |c: Option<char>| {
            c.is_some_and(|c| c.is_alphanumeric() || c == '_')
        };
        self.lines.iter().any(|line| {
            line.match_indices(text).any(|(at, _)| {
                let starts = !is_word(text.chars().next())
                    || !is_word(line[..at].chars().next_back());
                let ends = !is_word(text.chars().next_back())
                    || !is_word(line[at + text.len()..].chars().next());
                starts && ends
            })
        })
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
    let first = text.split_whitespace().next().unwrap_or_default();
    if cargo::starts(text) {
        if let Err(complaint) = cargo::check(known.workspace, text, known.index)
        {
            findings.push(complaint.finding(page.file, span.range.clone()));
        }
        return;
    }
    if (text.contains(' ') || is_on_path(first))
        && known.words.has_command(first)
    {
        return;
    }
    if shown.says(text) || known.index.texts.iter().any(|known| known == text) {
        note_foreign(known, text, foreign);
        return;
    }
    if looks_like_path(text) {
        if !path_exists(known.book, text) {
            let message = format!("there is no file `{text}`");
            let paths = paths(known.book);
            findings.push(unknown(page, span, message, text, &paths));
        }
        return;
    }
    if text.contains(' ') && is_printed(known.index, text) {
        return;
    }
    identifiers(known, shown, page, span, foreign, findings);
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
            || shown.idents.contains(&ident)
            || known.index.texts.contains(&ident)
            || is_foreign(known, &span.text, &ident, foreign);
        if !is_known {
            let message = format!("nothing is called `{ident}`");
            let names = &known.index.names;
            findings.push(unknown(page, span, message, &ident, names));
        }
    }
}

/// Adds the full path of what `text` names, if another crate has it.
fn note_foreign(known: &Known, text: &str, foreign: &mut BTreeSet<String>) {
    if let Some(path) = full_path(known, text) {
        foreign.insert(path);
    }
}

/// Whether an identifier in `text` belongs to another crate: it is imported,
/// it is in the word list's table of items, or it follows one that is.
fn is_foreign(
    known: &Known,
    text: &str,
    ident: &str,
    foreign: &mut BTreeSet<String>,
) -> bool {
    let path = full_path(known, text).unwrap_or_default();
    let path = path.trim_end_matches('!');
    if path.split("::").any(|segment| segment == ident) {
        return true;
    }
    let path = known.words.item(ident).map(str::to_owned);
    let path = path.or_else(|| known.index.imports.get(ident).cloned());
    foreign.extend(path.clone());
    path.is_some()
}

/// `tokio::net::TcpListener::bind` for `TcpListener::bind`, given that the
/// code imports `TcpListener`.
fn full_path(known: &Known, text: &str) -> Option<String> {
    static PATH: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^((?:\w+::)*\w+!?)(?:\(.*\))?(?:\.await)?$").unwrap()
    });
    let path = PATH.captures(text)?.get(1)?.as_str();
    if let Some(item) = known.words.item(path) {
        return Some(item.to_owned());
    }
    let (first, rest) = match path.split_once("::") {
        Some((first, rest)) => (first, format!("::{rest}")),
        None => (path, String::new()),
    };
    let roots = known.index.imports.values();
    let mut roots = roots.filter_map(|path| path.split("::").next());
    if !rest.is_empty() && (first == "core" || roots.any(|root| root == first))
    {
        return Some(path.to_owned());
    }
    let import = known.index.imports.get(first.trim_end_matches('!'))?;
    let bang = if first.ends_with('!') { "!" } else { "" };
    Some(format!("{import}{bang}{rest}"))
}

/// Keywords, primitive types, and what every program has without importing.
fn is_rust(ident: &str) -> bool {
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

fn looks_like_path(text: &str) -> bool {
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
