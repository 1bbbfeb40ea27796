//! Directives: what mdBook would show as literal text, or not show at all.

use std::{collections::BTreeMap, ops::Range, path::Path, sync::LazyLock};

use regex::Regex;

use crate::{
    book::Book,
    finding::{File, Finding, nearest},
    page::{DIRECTIVES, Directive, Page, path_of},
    source::{excerpt, markers},
};

/// The files that pages include, by their paths, each read once.
#[derive(Debug, Default)]
pub struct Included {
    /// The files.
    pub files: BTreeMap<String, File>,
    /// The anchors that are shown: path and name.
    pub shown: Vec<(String, String)>,
}

/// Checks every directive of a page, and notes what it includes.
pub fn check(
    book: &Book,
    page: &Page,
    included: &mut Included,
    findings: &mut Vec<Finding>,
) {
    malformed(page, findings);
    for directive in page.directives() {
        if directive.word == "title" {
            continue;
        }
        if let Err(finding) = check_one(book, page, &directive, included) {
            findings.push(*finding);
        }
    }
}

/// Something that looks like a directive and that mdBook passes through.
fn malformed(page: &Page, findings: &mut Vec<Finding>) {
    for range in lookalikes(page) {
        let text = page.file.text[range.clone()].to_lowercase();
        let word = text.trim_start_matches(['{', '#', ' ']);
        let mut words =
            word.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let word = words.next().unwrap_or_default();
        let finding = page.file.finding(
            "malformed-directive",
            range,
            "mdBook does not take this for a directive and prints it as it is",
        );
        findings.push(match DIRECTIVES.contains(&word) {
            true => finding.hint("write `{{#include path:anchor}}`"),
            false => finding.did_you_mean(word, DIRECTIVES),
        });
    }
}

/// Where something stands that looks like a directive, and is none. Braces
/// have other uses, too, as in `{#id}` after a heading, so its word must be
/// like that of a directive.
pub fn lookalikes(page: &Page) -> Vec<Range<usize>> {
    static LOOKALIKE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(\\?)(\{\{?\s*#\s*|\{\{\s*)([A-Za-z_]+)[^}\n]*\}{0,2}")
            .unwrap()
    });
    let known = page.directives();
    LOOKALIKE
        .captures_iter(&page.file.text)
        .filter(|found| found[1].is_empty())
        .filter(|found| {
            let word = found[3].to_lowercase();
            nearest(&word, DIRECTIVES).is_some()
        })
        .map(|found| found.get_match().range())
        .filter(|range| !known.iter().any(|one| one.range.start == range.start))
        .collect()
}

fn check_one(
    book: &Book,
    page: &Page,
    directive: &Directive,
    included: &mut Included,
) -> Result<(), Box<Finding>> {
    let error = |rule, message: String| {
        Err(Box::new(page.file.finding(
            rule,
            directive.range.clone(),
            message,
        )))
    };
    let with_space = |text: &str| text.contains([' ', '\t']);
    let anchor = directive.anchor.as_deref();
    if with_space(&directive.path) || anchor.is_some_and(with_space) {
        let message = "with a space in it, mdBook includes the whole file or \
                       ignores what comes after";
        return error("space-in-directive", message.to_owned());
    }
    if page.is_nested(directive.range.start) {
        let message = "inside a list or a quotation, mdBook indents only the \
                       first line that it includes";
        return error("nested-include", message.to_owned()).map_err(
            |finding| {
                Box::new(finding.hint("move the block to the left margin"))
            },
        );
    }

    let path = path_of(page.file, directive);
    if path.starts_with("..") || Path::new(&path).is_absolute() {
        let message = format!("`{path}` is outside the book's folder");
        return error("include-outside", message);
    }
    if !included.files.contains_key(&path) {
        match book.read(&path) {
            Ok(file) => included.files.insert(path.clone(), file),
            Err(_) => {
                return Err(Box::new(no_file(book, page, directive, &path)));
            }
        };
    }
    let file = &included.files[&path];
    let Some(name) = anchor else {
        let shows_markers =
            directive.word == "include" && !markers(file).is_empty();
        if shows_markers {
            let message = format!(
                "the whole of `{path}` is shown, and the markers of its \
                 anchors with it"
            );
            return error("shown-marker", message);
        }
        return Ok(());
    };
    if directive.word.starts_with("play") {
        let message = format!("mdBook looks for a file `{path}:{name}`");
        return error("missing-file", message);
    }
    let is_range = name.chars().all(|c| c.is_ascii_digit() || ":-".contains(c));
    if is_range && !markers(file).iter().any(|marker| marker.name == name) {
        let message = "lines are named by their numbers, which change whenever \
                       a line is added above";
        return error("line-range", message.to_owned()).map_err(|finding| {
            Box::new(finding.hint("mark the lines with an anchor"))
        });
    }
    included.shown.push((path.clone(), name.to_owned()));
    let names: Vec<String> = markers(file)
        .into_iter()
        .filter(|marker| marker.opens)
        .map(|marker| marker.name)
        .collect();
    if !names.iter().any(|known| known == name) {
        let message = format!("`{path}` has no anchor `{name}`");
        return error("unknown-anchor", message).map_err(|finding| {
            let names = names.iter().map(String::as_str);
            Box::new(finding.did_you_mean(name, names))
        });
    }
    if excerpt(file, Some(name)).is_none() {
        let message = format!("the anchor `{name}` in `{path}` has no lines");
        return error("empty-anchor", message);
    }
    Ok(())
}

fn no_file(
    book: &Book,
    page: &Page,
    directive: &Directive,
    path: &str,
) -> Finding {
    let sources = book.sources.iter().map(|file| file.path.to_string_lossy());
    let candidates: Vec<_> = sources.collect();
    let message = format!("`{path}` cannot be read");
    page.file
        .finding("missing-file", directive.range.clone(), message)
        .did_you_mean(path, candidates.iter().map(|path| &**path))
}
