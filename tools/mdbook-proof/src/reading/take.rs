//! Saying that one has read: each section is shown once more, and then its
//! mark is taken.

use std::{collections::BTreeSet, fs, io};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    book::Book,
    finding::nearest,
    marks::{Mark, Marks, State},
    page::Page,
    rules::includes,
    section::Section,
    sentence::sentences,
    view::{Library, View},
};

use super::change::Change;

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
    let pages: Vec<Page> = book.pages.iter().map(Page::parse).collect();
    let included = includes::follow(book, &pages, &mut Vec::new());
    let texts: Vec<Page> = included.texts().map(Page::parse).collect();
    let library = Library::new(book, &included);
    let all = pages.iter().chain(&texts);
    let views: Vec<View> = all.map(|page| View::new(page, &library)).collect();
    check_keys(&views, keys)?;

    let mut desk = Desk {
        book,
        marks: Marks::load(book)?,
        out,
        is_true,
    };
    let taken = desk.read_all(&views, keys)?;
    let path = book.root.join(path);
    fs::write(&path, desk.marks.text())
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(taken)
}

fn check_keys(views: &[View], keys: &[String]) -> Result<()> {
    let sections = || views.iter().flat_map(|view| &view.sections);
    let known = || sections().map(|section| &*section.key);
    for key in keys {
        let hint = nearest(key, known())
            .map_or(String::new(), |near| format!(", did you mean `{near}`?"));
        let is_known = known().any(|one| one == key);
        ensure!(is_known, "there is no section `{key}`{hint}");
    }
    Ok(())
}

/// Where one reads: the marks, and whoever is shown the sections and asked.
struct Desk<'a> {
    book: &'a Book,
    marks: Marks,
    out: &'a mut dyn io::Write,
    is_true: &'a mut dyn FnMut() -> io::Result<bool>,
}

impl Desk<'_> {
    fn read_all(&mut self, views: &[View], keys: &[String]) -> Result<usize> {
        let mut taken = 0;
        let mut all = BTreeSet::new();
        for view in views {
            for section in &view.sections {
                all.insert(&section.key);
                let wanted = keys.is_empty() || keys.contains(&section.key);
                taken += usize::from(self.read(view, section, wanted)?);
            }
        }
        if keys.is_empty() {
            self.marks.marks.retain(|key, _| all.contains(key));
        }
        Ok(taken)
    }

    /// Whether a mark was taken. One that only has to be renewed, because the
    /// section has moved or its words were mended, is not counted.
    fn read(
        &mut self,
        view: &View,
        section: &Section,
        wanted: bool,
    ) -> Result<bool> {
        let mark = Mark::of(view, section);
        let state = self.marks.state(&section.key, &mark);
        if state == State::Read {
            self.marks.set(&section.key, mark);
            return Ok(false);
        }
        if !wanted {
            return Ok(false);
        }
        show(self.book, view, section, &state, self.out)?;
        let is_true = (self.is_true)()?;
        if is_true {
            self.marks.set(&section.key, mark);
        }
        Ok(is_true)
    }
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
