//! What has changed in a section since somebody read it, and which of its
//! sentences that concerns.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use similar::{ChangeTag, TextDiff};

use crate::{
    book::Book,
    code::{Token, tokens},
    exhibit::{Exhibit, Kind},
    history,
    marks::Mark,
    page::Page,
    section::Section,
    sentence::{Sentence, sentences},
    view::View,
};

/// How many lines stand around a change.
const CONTEXT: usize = 2;

/// What stands in the place of lines that nobody knows any more.
const UNKNOWN: &str = "(git does not know what it was)";

/// What has changed in a section.
pub(super) struct Change {
    /// In a few words.
    pub(super) what: String,
    /// Where the first change stands.
    pub(super) at: Option<Range<usize>>,
    /// The changed lines, as a diff, one for each exhibit.
    pub(super) diffs: Vec<String>,
    /// The words in the changed lines.
    words: BTreeSet<String>,
    /// Where the notes stand whose tests have changed.
    tests: Vec<usize>,
}

impl Change {
    /// Compares what a section shows with its mark.
    pub(super) fn new(
        book: &Book,
        view: &View,
        section: &Section,
        old: &Mark,
    ) -> Change {
        let shown: Vec<(String, &Exhibit)> = view
            .shown_in(section)
            .filter(|one| one.counts())
            .map(|one| (one.digest(), one))
            .collect();
        let mut gone: BTreeSet<String> = old.shows.iter().cloned().collect();
        for (digest, _) in &shown {
            gone.remove(digest);
        }
        let new = shown.iter().filter(|(one, _)| !old.shows.contains(one));
        let new: Vec<&Exhibit> = new.map(|(_, one)| *one).collect();
        let tests = new.iter().filter(|one| one.kind == Kind::Test);
        let mut change = Change {
            what: what(&new, gone.len()),
            at: new.first().map(|one| one.range.clone()),
            diffs: Vec::new(),
            words: BTreeSet::new(),
            tests: tests.map(|one| one.range.start).collect(),
        };
        let paths = shown.iter().map(|(_, one)| one.path.clone()).collect();
        change.compare_all(book, view.page, &new, &gone, &paths);
        change
    }

    /// Compares the exhibits that are new with those that are gone, as far as
    /// git knows them.
    fn compare_all(
        &mut self,
        book: &Book,
        page: &Page,
        new: &[&Exhibit],
        gone: &BTreeSet<String>,
        paths: &BTreeSet<String>,
    ) {
        let mut before = BTreeMap::new();
        if !gone.is_empty() {
            before = history::older(book, page, paths, gone);
        }
        let mut unknown = gone.len() - before.len();
        for exhibit in new {
            let older = take(&mut before, exhibit);
            self.compare(older.as_ref(), Some(exhibit));
            if older.is_none() && unknown > 0 {
                unknown -= 1;
                self.diffs.push(UNKNOWN.to_owned());
            }
        }
        for older in before.values() {
            self.compare(Some(older), None);
        }
        if unknown > 0 {
            self.diffs.push(UNKNOWN.to_owned());
        }
    }

    fn compare(&mut self, before: Option<&Exhibit>, after: Option<&Exhibit>) {
        let text = |one: Option<&Exhibit>| {
            one.map_or(String::new(), |one| one.text.clone() + "\n")
        };
        let name = after.or(before).map_or("", |one| &one.name);
        let (before, after) = (text(before), text(after));
        let diff = TextDiff::from_lines(&before, &after);
        let mut lines = vec![format!("{name}:")];
        for (number, hunk) in diff.grouped_ops(CONTEXT).iter().enumerate() {
            if number > 0 {
                lines.push("  ...".to_owned());
            }
            for one in hunk.iter().flat_map(|op| diff.iter_changes(op)) {
                if one.tag() != ChangeTag::Equal {
                    self.note(one.value());
                }
                let line = format!("{} {}", one.tag(), one.value());
                lines.push(line.trim_end().to_owned());
            }
        }
        self.diffs.push(lines.join("\n"));
    }

    /// Remembers the words of a line that has changed.
    fn note(&mut self, line: &str) {
        let tokens = tokens(line);
        let words = tokens.iter().filter(|token| token.is_word());
        self.words
            .extend(words.map(|token| token.text().to_owned()));
    }

    /// The diffs, and the sentences: those first that are concerned.
    pub(super) fn report(&self, page: &Page, section: &Section) -> String {
        let all = sentences(page);
        let (concerned, others): (Vec<_>, Vec<_>) = all
            .iter()
            .filter(|one| section.range.contains(&one.range.start))
            .partition(|one| self.concerns(page, one));
        let mut lines = self.diffs.clone();
        if !concerned.is_empty() {
            lines.push("which these sentences speak of:".to_owned());
        }
        lines.extend(concerned.iter().map(|one| {
            let number = page.file.line(one.start(page));
            format!("{number}: {}", one.plain(page))
        }));
        match others.len() {
            0 => {}
            1 => lines.push("and 1 more sentence in the section".to_owned()),
            more => {
                lines.push(format!("and {more} more sentences in the section"));
            }
        }
        lines.join("\n")
    }

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

/// What has changed, for a message.
fn what(new: &[&Exhibit], gone: usize) -> String {
    match (new, gone) {
        ([], 0) => "the order of what is shown has changed".to_owned(),
        ([], _) => "something is not shown any more".to_owned(),
        ([one], 0) => format!("{} is new", one.name),
        ([one], _) => format!("{} has changed", one.name),
        ([first, ..], _) => format!("{} and more have changed", first.name),
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
