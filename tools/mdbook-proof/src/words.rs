//! The word list: names on the pages that are names of something else.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{
    book::Book,
    constants::lookup,
    finding::{File, Finding},
    index::Index,
    page::Page,
};

/// The word list, and which of its words have been met.
#[derive(Debug, Default)]
pub struct Words {
    file: Option<File>,
    lists: Lists,
    used: RefCell<BTreeSet<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Lists {
    /// Names that no code of ours defines, and what they are.
    words: BTreeMap<String, String>,
    /// Programs that readers run beside cargo, and what they are.
    commands: BTreeMap<String, String>,
    /// Functions and types of other crates, and their full paths.
    items: BTreeMap<String, String>,
    /// Numbers that stand for a constant wherever they appear.
    numbers: BTreeMap<String, String>,
}

impl Words {
    /// Reads the list that the book names.
    ///
    /// # Errors
    ///
    /// When there is none at that place, or it is not of the right form.
    pub fn load(book: &Book) -> Result<Words> {
        let Some(path) = &book.settings.words else {
            return Ok(Words::default());
        };
        let file = book.read(path)?;
        let lists = toml::from_str(&file.text)
            .with_context(|| format!("{} is no word list", path.display()))?;
        Ok(Words {
            file: Some(file),
            lists,
            used: RefCell::default(),
        })
    }

    /// Whether `text` is in the list as it stands.
    pub fn has_word(&self, text: &str) -> bool {
        self.meet(self.lists.words.contains_key(text), text)
    }

    /// Whether `program` is one that readers run.
    pub fn has_command(&self, program: &str) -> bool {
        self.meet(self.lists.commands.contains_key(program), program)
    }

    /// Whether `number` is held to a constant wherever it stands.
    pub fn has_number(&self, number: &str) -> bool {
        self.lists.numbers.contains_key(number)
    }

    /// The full path of another crate's item.
    pub fn item(&self, name: &str) -> Option<&str> {
        let path = self.lists.items.get(name)?;
        self.meet(true, name);
        Some(path)
    }

    fn meet(&self, known: bool, name: &str) -> bool {
        if known {
            self.used.borrow_mut().insert(name.to_owned());
        }
        known
    }

    /// Holds the numbers that stand for a constant to its value.
    pub fn check_numbers(
        &self,
        page: &Page,
        index: &Index,
        findings: &mut Vec<Finding>,
    ) {
        for (number, name) in &self.lists.numbers {
            let is_digit =
                |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
            let text = &page.file.text;
            let grouped = grouped(number);
            let mut forms = vec![&**number];
            forms.extend((grouped != *number).then_some(&*grouped));
            let places = forms.iter().flat_map(|form| text.match_indices(form));
            let places = places.filter(|(at, form)| {
                !is_digit(text[..*at].chars().next_back())
                    && !is_digit(text[at + form.len()..].chars().next())
            });
            for (at, form) in places {
                self.meet(true, number);
                let message = match lookup(index, name) {
                    Ok(constant) if constant.value.to_string() == *number => {
                        continue;
                    }
                    Ok(constant) => {
                        format!("`{name}` is {} now", constant.value)
                    }
                    Err((message, _)) => message,
                };
                let span = at..at + form.len();
                findings.push(page.file.finding("number", span, message));
            }
        }
    }

    /// Every entry that no page has made use of.
    pub fn check_used(&self, findings: &mut Vec<Finding>) {
        let Some(file) = &self.file else { return };
        let used = self.used.borrow();
        let lists = &self.lists;
        let maps =
            [&lists.words, &lists.commands, &lists.items, &lists.numbers];
        for name in maps.iter().flat_map(|map| map.keys()) {
            if used.contains(name) {
                continue;
            }
            let at = file
                .lines()
                .find(|(_, line)| {
                    let key = line.split(" = ").next().unwrap_or_default();
                    key.trim().trim_matches(['"', '\'']) == name
                        || key.contains(&format!("{name:?}"))
                })
                .map_or(0..0, |(range, _)| range);
            let message = format!("no page says `{name}`");
            findings.push(
                file.finding("unused-word", at, message)
                    .hint("take it off the list"),
            );
        }
    }
}

/// `5,000` for `5000`.
fn grouped(number: &str) -> String {
    let mut text = String::new();
    for (index, digit) in number.chars().enumerate() {
        if index > 0 && (number.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
