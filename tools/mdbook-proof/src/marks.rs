//! Read marks: what each section showed when somebody last read its words
//! against it.
//!
//! The file with the marks is written by [`crate::reading::take_marks`], a line for
//! each section. A section is known by what it says and shows, so that it may
//! move to another page.

use std::{collections::BTreeMap, fmt::Write};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{
    book::Book,
    exhibit::{Exhibit, digest},
    section::Section,
    view::View,
};

/// What a section says and shows, each as a few digits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Its words.
    pub says: String,
    /// What it shows, in its order.
    pub shows: Vec<String>,
}

/// What is known of a section.
#[derive(Debug, PartialEq)]
pub enum State<'a> {
    /// Somebody has read it as it is.
    Read,
    /// It has been read when it showed something else.
    Changed(&'a Mark),
    /// Nobody has read it.
    New,
}

/// The marks of a book, by the keys of the sections.
#[derive(Debug, Default)]
pub struct Marks {
    /// The marks.
    pub marks: BTreeMap<String, Mark>,
}

impl Mark {
    /// The mark of a section as it is now.
    pub fn of(view: &View, section: &Section) -> Mark {
        let shown = view.shown_in(section).filter(|one| one.counts());
        Mark {
            says: digest(&view.prose(section)),
            shows: shown.map(Exhibit::digest).collect(),
        }
    }
}

impl Marks {
    /// Reads the file that the settings name. One that is not there has no
    /// marks.
    ///
    /// # Errors
    ///
    /// When it is not of the right form.
    pub fn load(book: &Book) -> Result<Marks> {
        let Some(path) = &book.settings.read else {
            return Ok(Marks::default());
        };
        let Ok(file) = book.read(path) else {
            return Ok(Marks::default());
        };
        let marks = toml::from_str(&file.text).with_context(|| {
            format!("{} is no file of read marks", path.display())
        })?;
        Ok(Marks { marks })
    }

    /// Puts a mark in the place of an older one. A section that shows nothing
    /// needs none.
    pub fn set(&mut self, key: &str, mark: Mark) {
        if mark.shows.is_empty() {
            self.marks.remove(key);
        } else {
            self.marks.insert(key.to_owned(), mark);
        }
    }

    /// What is known of the section with this key, which is now like `mark`.
    pub fn state(&self, key: &str, mark: &Mark) -> State<'_> {
        let own = self.marks.get(key);
        if own.is_none() && mark.shows.is_empty() {
            return State::Read;
        }
        let same = own.is_some_and(|own| own.shows == mark.shows);
        if same || self.marks.values().any(|other| other == mark) {
            return State::Read;
        }
        own.map_or(State::New, State::Changed)
    }

    /// The file with all marks, a line each, in the order of their keys.
    pub fn text(&self) -> String {
        let mut text =
            "# What each section showed when somebody last read it.\n\
             # `mdbook-proof read` writes this.\n"
                .to_owned();
        for (key, Mark { says, shows }) in &self.marks {
            let _ = writeln!(
                text,
                "{key:?} = {{ says = {says:?}, shows = {shows:?} }}"
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(says: &str, shows: &[&str]) -> Mark {
        Mark {
            says: says.to_owned(),
            shows: shows.iter().map(|one| one.to_string()).collect(),
        }
    }

    #[test]
    fn what_a_section_shows_decides() {
        let marks = Marks {
            marks: [("a#b".to_owned(), mark("1", &["2", "3"]))].into(),
        };
        let state = |key, says, shows: &[&str]| match marks
            .state(key, &mark(says, shows))
        {
            State::Read => "read",
            State::Changed(_) => "changed",
            State::New => "new",
        };
        assert_eq!(state("a#b", "1", &["2", "3"]), "read");
        assert_eq!(state("a#b", "other words", &["2", "3"]), "read");
        assert_eq!(state("a#b", "1", &["2", "4"]), "changed");
        assert_eq!(state("a#b", "1", &["3", "2"]), "changed");
        assert_eq!(state("a#b", "other words", &["2"]), "changed");
        // It has moved, or has another heading.
        assert_eq!(state("c#d", "1", &["2", "3"]), "read");
        assert_eq!(state("c#d", "other words", &["2", "3"]), "new");
    }

    #[test]
    fn the_file_can_be_read_again() {
        let marks = Marks {
            marks: [
                ("a#b".to_owned(), mark("1", &["2"])),
                ("c\"d".to_owned(), mark("3", &["4", "5"])),
            ]
            .into(),
        };
        let text = marks.text();
        let again: BTreeMap<String, Mark> = toml::from_str(&text).unwrap();
        assert_eq!(again, marks.marks);
        assert_eq!(text.lines().count(), 4);
    }
}
