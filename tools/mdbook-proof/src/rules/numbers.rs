//! Numbers that the code defines: each is held to its constant.
//!
//! In the running text, a comment after the number names the constant:
//! `200 milliseconds<!-- = PAUSE -->`. If several files define it, the
//! file comes first. The constant may also be a key of a TOML file:
//! `1.88<!-- = Cargo.toml workspace.package.rust-version -->`.

use std::{ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use crate::{
    book::{Book, get},
    constants::{Complaint, in_units, lookup, lookup_in},
    finding::Finding,
    index::{Index, Unit},
    page::Page,
    words::Words,
};

static NOTE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?P<before>[^<]{0,60})<!--\s*=\s*(?P<name>[^>]+?)\s*-->")
        .unwrap()
});
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(\d[\d,]*(?:\.\d+)*)(?:\s([a-zA-Z]+))?`?$").unwrap()
});
static BARE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(\d[\d,]*)(?: ([a-zA-Z]+))?").unwrap());

/// Checks the numbers of a page that say where they come from, and finds those
/// that ought to.
pub fn check(
    book: &Book,
    page: &Page,
    index: &Index,
    words: &Words,
    findings: &mut Vec<Finding>,
) {
    let notes = NOTE.captures_iter(&page.file.text);
    let notes = notes
        .filter(|note| page.block_at(note.get_match().end() - 1).is_none());
    let mut proved = Vec::new();
    for note in notes {
        match noted(book, page, index, &note) {
            Ok(number) => proved.push(number),
            Err(finding) => {
                proved.push(finding.span.clone());
                findings.push(*finding);
            }
        }
    }
    let measured = &book.settings.measured;
    if !measured.iter().any(|one| page.file.path.starts_with(one)) {
        bare(page, index, words, &proved, findings);
    }
    words.check_numbers(page, index, findings);
}

/// The bytes of the number before a note, if it is the right one.
fn noted(
    book: &Book,
    page: &Page,
    index: &Index,
    note: &Captures,
) -> Result<Range<usize>, Box<Finding>> {
    let before = note.name("before").expect("it is in the pattern");
    let Some(number) = NUMBER.captures(before.as_str()) else {
        let message = "there is no number before this note";
        let comment = before.end()..note.get_match().end();
        return Err(Box::new(page.file.finding("number", comment, message)));
    };
    let digits = number.get(1).expect("it is in the pattern");
    let unit = number.get(2).map(|unit| unit.as_str());
    let name: Vec<&str> = note["name"].split_whitespace().collect();
    let span = before.start() + digits.start()..before.end();
    compare(book, index, &name.join(" "), digits.as_str(), unit).map_err(
        |(message, hint)| {
            let finding = page.file.finding("number", span.clone(), message);
            Box::new(Finding { hint, ..finding })
        },
    )?;
    Ok(span)
}

fn compare(
    book: &Book,
    index: &Index,
    name: &str,
    digits: &str,
    unit: Option<&str>,
) -> Result<(), Complaint> {
    let constant = match name.split_once(' ') {
        None => lookup(index, name)?,
        Some((file, name)) if file.ends_with(".rs") => {
            lookup_in(index, file, name)?
        }
        Some((file, keys)) => return compare_toml(book, file, keys, digits),
    };
    let told = digits.replace(',', "").parse::<u128>().ok();
    let told = told.and_then(|number| in_units(number, unit, constant.unit));
    if told == Some(constant.value) {
        return Ok(());
    }
    let value = constant.value;
    Err(match constant.unit {
        Unit::One => (format!("`{name}` is {value}"), None),
        Unit::Milliseconds => (
            format!("`{name}` is {value} milliseconds"),
            Some("write the number with its unit before the note".to_owned()),
        ),
    })
}

fn compare_toml(
    book: &Book,
    file: &str,
    keys: &str,
    told: &str,
) -> Result<(), Complaint> {
    let complain = |message| Err((message, None));
    let Ok(text) = book.read(file) else {
        return complain(format!("`{file}` cannot be read"));
    };
    let Ok(table) = text.text.parse::<toml::Table>() else {
        return complain(format!("`{file}` is no TOML"));
    };
    let keys: Vec<&str> = keys.split('.').collect();
    match get(&table, &keys) {
        Some(toml::Value::String(value)) if value == told => Ok(()),
        Some(toml::Value::Integer(value)) if value.to_string() == told => {
            Ok(())
        }
        Some(value) => {
            complain(format!("`{file}` says {value} for {}", keys.join(".")))
        }
        None => complain(format!("`{file}` has no key {}", keys.join("."))),
    }
}

/// Numbers that nothing proves: in the running text those of three digits or
/// more, in inline code those of four.
fn bare(
    page: &Page,
    index: &Index,
    words: &Words,
    proved: &[Range<usize>],
    findings: &mut Vec<Finding>,
) {
    let texts = page.texts.iter().map(|range| (range, 3));
    let spans = page.spans.iter().map(|span| (&span.range, 4));
    for (range, digits) in texts.chain(spans) {
        let text = &page.file.text[range.clone()];
        for found in BARE.captures_iter(text) {
            let number = found.get(1).expect("it is in the pattern");
            let span = range.start + number.start()..range.start + number.end();
            let value = number.as_str().trim_end_matches(',').replace(',', "");
            let is_fine = value.len() < digits
                || is_dotted(text, number.range())
                || proved.iter().any(|range| range.contains(&span.start))
                || words.has_number(&value)
                || words.has_word(&value);
            let Some(value) = value.parse().ok().filter(|_| !is_fine) else {
                continue;
            };
            let unit = found.get(2).map(|unit| unit.as_str());
            let message = "nothing proves this number";
            let finding = page.file.finding("bare-number", span, message);
            findings.push(finding.hint(advice(index, value, unit)));
        }
    }
}

/// Whether a dot joins the number to another. An address or a version is no
/// number.
fn is_dotted(text: &str, number: Range<usize>) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let after = text[number.end..].strip_prefix('.');
    let before = text[..number.start].strip_suffix('.');
    after.is_some_and(|rest| digit(rest.chars().next()))
        || before.is_some_and(|rest| digit(rest.chars().next_back()))
}

/// The constant that the number may stand for.
fn advice(index: &Index, number: u128, unit: Option<&str>) -> String {
    let constant = index.constants.iter().find(|(_, values)| {
        values.iter().any(|constant| {
            in_units(number, unit, constant.unit) == Some(constant.value)
        })
    });
    match constant {
        Some((name, _)) => format!("add `<!-- = {name} -->` behind it"),
        None => {
            "say behind it which constant it is, or add it to the word list"
                .to_owned()
        }
    }
}
