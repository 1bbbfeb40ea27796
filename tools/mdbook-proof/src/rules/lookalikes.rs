//! What looks like a directive, and is none: mdBook prints it as it stands.

use std::{ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use crate::{
    finding::{Finding, nearest},
    page::{DIRECTIVES, Page},
};

/// Checks a page for it.
pub fn check(page: &Page, findings: &mut Vec<Finding>) {
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

/// Where something stands that looks like a directive, and is none.
pub fn lookalikes(page: &Page) -> Vec<Range<usize>> {
    static LOOKALIKE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?P<escape>\\?)(?P<open>\{\{?\s*#\s*|\{\{\s*)(?P<word>[A-Za-z_]+)(?P<rest>[^}\n]*)\}{0,2}",
        )
        .unwrap()
    });
    let known = page.directives();
    LOOKALIKE
        .captures_iter(&page.file.text)
        .filter(|found| found["escape"].is_empty() && is_meant(found))
        .map(|found| found.get_match().range())
        .filter(|range| !known.iter().any(|one| one.range.start == range.start))
        .collect()
}

/// Whether an author meant a directive. Its word is like that of one. Braces
/// have other uses, too, as in `{#id}` behind a heading and in templates, so
/// if a brace or the hash is missing, there must be a path as well.
fn is_meant(found: &Captures) -> bool {
    let word = found["word"].to_lowercase();
    if nearest(&word, DIRECTIVES).is_none() {
        return false;
    }
    let opened = found["open"].starts_with("{{") && found["open"].contains('#');
    let rest = &found["rest"];
    let is_path = rest.starts_with(char::is_whitespace)
        && rest.contains(['.', '/'])
        && !rest.contains(['"', '\'', '|', '(']);
    opened || is_path
}
