//! Reading the words of a section against what it shows, and saying that one
//! has done so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    ops::Range,
};

use anyhow::{Context, Result, bail, ensure};
use similar::{ChangeTag, TextDiff};

use crate::{
    book::Book,
    code::{Token, tokens},
    exhibit::{Exhibit, Kind},
    finding::{File, Finding, nearest},
    history,
    marks::{Mark, Marks, State},
    page::Page,
    rules::includes,
    section::Section,
    sentence::{Sentence, sentences},
    view::{Library, View},
};

/// How many lines stand around a change.
const CONTEXT: usize = 2;

/// The sections that nobody has read as they are.
pub fn check(
    book: &Book,
    views: &[View],
    marks: &Marks,
    findings: &mut Vec<Finding>,
) {
    if book.settings.read.is_none() {
        return;
    }
    for view in views {
        for section in &view.sections {
            let mark = Mark::of(view, section);
            match marks.state(&section.key, &mark) {
                State::Read => {}
                State::New => findings.push(new(view, section)),
                State::Changed(old) => {
                    findings.push(changed(book, view, section, old, &mark));
                }
            }
        }
    }
}

fn new(view: &View, section: &Section) -> Finding {
    let message = "nobody has read this section against what it shows";
    let file = view.page.file;
    let finding = file.finding("unread", line(file, &section.heading), message);
    finding.hint(advice(section))
}

fn advice(section: &Section) -> String {
    format!(
        "read it, mend what is not true, and say so: mdbook-proof read {}",
        section.key
    )
}

fn changed(
    book: &Book,
    view: &View,
    section: &Section,
    old: &Mark,
    now: &Mark,
) -> Finding {
    let file = view.page.file;
    let change = Change::new(book, view, section, old);
    let with_words = old.says != now.says;
    let end = match with_words {
        true => "its words as well: is each of them true?",
        false => "its words have not: are they still true?",
    };
    let message = format!("{} since it was read, {end}", change.what);
    let at = change.at.clone().unwrap_or(section.heading.clone());
    let finding = file.finding("unread", line(file, &at), message);
    finding
        .report(change.report(view, section))
        .hint(advice(section))
}

/// The first line of a range: a heading, a fence or a directive.
fn line(file: &File, range: &Range<usize>) -> Range<usize> {
    let text = &file.text[range.clone()];
    let length = text.find('\n').unwrap_or(text.len());
    range.start..range.start + length
}

/// What has changed in a section.
struct Change {
    /// In a few words.
    what: String,
    /// Where the first change stands.
    at: Option<Range<usize>>,
    /// The changed lines, as a diff, one for each exhibit.
    diffs: Vec<String>,
    /// The words in the changed lines.
    words: BTreeSet<String>,
    /// Where the notes stand whose tests have changed.
    tests: Vec<usize>,
}

impl Change {
    fn new(book: &Book, view: &View, section: &Section, old: &Mark) -> Change {
        let shown: Vec<&Exhibit> =
            view.shown_in(section).filter(|one| one.counts()).collect();
        let is_new = |one: &&&Exhibit| !old.shows.contains(&one.digest());
        let new: Vec<&Exhibit> = shown.iter().filter(is_new).copied().collect();
        let mut gone: BTreeSet<String> = old.shows.iter().cloned().collect();
        for one in &shown {
            gone.remove(&one.digest());
        }
        let paths = shown.iter().map(|one| one.path.clone()).collect();
        let page = view.page;
        let mut before = match gone.is_empty() {
            true => BTreeMap::new(),
            false => history::older(book, page, &paths, &gone),
        };
        let mut change = Change {
            what: what(&new, gone.len()),
            at: new.first().map(|one| one.range.clone()),
            diffs: Vec::new(),
            words: BTreeSet::new(),
            tests: Vec::new(),
        };
        for exhibit in &new {
            if exhibit.kind == Kind::Test {
                change.tests.push(exhibit.range.start);
            }
            let older = take(&mut before, exhibit);
            change.compare(older.as_ref(), Some(exhibit));
        }
        for older in before.values() {
            change.compare(Some(older), None);
        }
        let unknown = gone.len().saturating_sub(new.len().max(before.len()));
        if unknown > 0 && before.is_empty() {
            change
                .diffs
                .push("(git does not know what it was)".to_owned());
        }
        change
    }

    fn compare(&mut self, before: Option<&Exhibit>, after: Option<&Exhibit>) {
        let text = |one: Option<&Exhibit>| {
            one.map_or(String::new(), |one| one.text.clone() + "\n")
        };
        let name = after.or(before).map_or("", |one| &one.name);
        let (before_text, after_text) = (text(before), text(after));
        let diff = TextDiff::from_lines(&before_text, &after_text);
        let mut lines = vec![format!("{name}:")];
        let hunks = diff.grouped_ops(CONTEXT);
        for (number, hunk) in hunks.iter().enumerate() {
            if number > 0 {
                lines.push("  ...".to_owned());
            }
            for op in hunk {
                for one in diff.iter_changes(op) {
                    let sign = match one.tag() {
                        ChangeTag::Delete => '-',
                        ChangeTag::Insert => '+',
                        ChangeTag::Equal => ' ',
                    };
                    if sign != ' ' {
                        self.note(one.value());
                    }
                    let line = format!("{sign} {}", one.value());
                    lines.push(line.trim_end().to_owned());
                }
            }
        }
        if before.is_none() {
            lines.insert(1, "(git does not know what it was)".to_owned());
        }
        self.diffs.push(lines.join("\n"));
    }

    fn note(&mut self, line: &str) {
        let tokens = tokens(line);
        let words = tokens.iter().filter(|token| token.is_word());
        self.words
            .extend(words.map(|token| token.text().to_owned()));
    }

    /// The diffs, and the sentences: those first that name something in a line
    /// that has changed.
    fn report(&self, view: &View, section: &Section) -> String {
        let page = view.page;
        let all = sentences(page);
        let inside = |at: usize| section.range.contains(&at);
        let (named, others): (Vec<_>, Vec<_>) = all
            .iter()
            .filter(|one| inside(one.range.start))
            .partition(|one| self.concerns(page, one));
        let mut lines = self.diffs.clone();
        if !named.is_empty() {
            lines.push("which these sentences speak of:".to_owned());
        }
        for one in named {
            let number = page
                .file
                .line(one.range.start + leading(page, one.range.clone()));
            lines.push(format!("{number}: {}", one.plain(page)));
        }
        if !others.is_empty() {
            let count = others.len();
            let word = if count == 1 { "sentence" } else { "sentences" };
            lines.push(format!("and {count} more {word} in the section"));
        }
        lines.join("\n")
    }
}

impl Change {
    /// Whether a sentence names something in a line that has changed, or rests
    /// on a test that has.
    fn concerns(&self, page: &Page, sentence: &Sentence) -> bool {
        let is_inside = |at: usize| sentence.range.contains(&at);
        let mut spans = page.spans.iter();
        self.tests.iter().any(|at| is_inside(*at))
            || spans.any(|span| {
                let tokens = tokens(&span.text);
                let mut names = tokens.iter().map(Token::text);
                is_inside(span.range.start)
                    && names.any(|name| self.words.contains(name))
            })
    }
}

fn leading(page: &Page, range: Range<usize>) -> usize {
    let text = &page.file.text[range];
    text.len() - text.trim_start().len()
}

/// What has changed, for a message.
fn what(new: &[&Exhibit], gone: usize) -> String {
    match (new, gone) {
        ([], 0) => "the order of what is shown has changed".to_owned(),
        ([], _) => "something is not shown any more".to_owned(),
        ([one], 0) => format!("{} is new", one.name),
        ([one], _) => format!("{} has changed", one.name),
        ([first, ..], _) => {
            format!("{} and more have changed", first.name)
        }
    }
}

/// The older one that is most like an exhibit.
fn take(
    before: &mut BTreeMap<String, Exhibit>,
    exhibit: &Exhibit,
) -> Option<Exhibit> {
    let likeness = |one: &Exhibit| {
        let same = usize::from(one.name == exhibit.name) * 2
            + usize::from(one.path == exhibit.path)
            + usize::from(one.kind == exhibit.kind);
        (same > 1).then_some(same)
    };
    let best = before
        .iter()
        .filter_map(|(digest, one)| Some((likeness(one)?, digest.clone())))
        .max();
    before.remove(&best?.1)
}

/// Shows each section that nobody has read as it is, and takes its mark when
/// `is_true` says so. With `keys`, only these sections are shown, each of
/// which must exist. Returns how many marks were taken.
///
/// # Errors
///
/// When the settings name no file for the marks, there is no such section, or
/// the file cannot be written.
pub fn take_marks(
    book: &Book,
    keys: &[String],
    out: &mut dyn io::Write,
    is_true: &mut dyn FnMut() -> io::Result<bool>,
) -> Result<usize> {
    let Some(path) = &book.settings.read else {
        bail!("book.toml names no file for read marks: read = \"read.toml\"");
    };
    let mut marks = Marks::load(book)?;
    let pages: Vec<Page> = book.pages.iter().map(Page::parse).collect();
    let included = includes::follow(book, &pages, &mut Vec::new());
    let texts: Vec<Page> = included.texts().map(Page::parse).collect();
    let library = Library::new(book, &included);
    let views: Vec<View> = pages
        .iter()
        .chain(&texts)
        .map(|page| View::new(page, &library))
        .collect();
    check_keys(&views, keys)?;
    let mut taken = 0;
    let mut all = BTreeSet::new();
    for (view, section) in views.iter().flat_map(|view| {
        view.sections.iter().map(move |section| (view, section))
    }) {
        let mark = Mark::of(view, section);
        all.insert(section.key.clone());
        let is_wanted = keys.is_empty() || keys.contains(&section.key);
        let state = marks.state(&section.key, &mark);
        if state == State::Read {
            // It may have moved, or its words may have been mended.
            marks.set(&section.key, mark);
            continue;
        }
        if !is_wanted {
            continue;
        }
        show(book, view, section, &state, out)?;
        if is_true()? {
            marks.set(&section.key, mark);
            taken += 1;
        }
    }
    if keys.is_empty() {
        marks.marks.retain(|key, _| all.contains(key));
    }
    let path = book.root.join(path);
    fs::write(&path, marks.text())
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(taken)
}

fn check_keys(views: &[View], keys: &[String]) -> Result<()> {
    let known = || views.iter().flat_map(|view| &view.sections);
    for key in keys {
        let mut names = known().map(|section| &*section.key);
        let hint = nearest(key, known().map(|section| &*section.key))
            .map_or(String::new(), |near| format!(", did you mean `{near}`?"));
        ensure!(
            names.any(|one| one == key),
            "there is no section `{key}`{hint}"
        );
    }
    Ok(())
}

/// A section as it is to be read: what has changed, or all that it shows, and
/// its words.
fn show(
    book: &Book,
    view: &View,
    section: &Section,
    state: &State,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "== {}: {}\n", section.key, section.title)?;
    match state {
        State::Changed(old) => {
            let change = Change::new(book, view, section, old);
            writeln!(out, "{}\n", change.diffs.join("\n\n"))?;
        }
        State::New | State::Read => {
            for one in view.shown_in(section).filter(|one| one.counts()) {
                writeln!(out, "{}:\n{}\n", one.name, one.text.trim_end())?;
            }
        }
    }
    for one in sentences(view.page) {
        if section.range.contains(&one.range.start) {
            writeln!(out, "  {}", one.plain(view.page))?;
        }
    }
    writeln!(out)
}
