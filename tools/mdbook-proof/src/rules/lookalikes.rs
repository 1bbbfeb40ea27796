//! What looks like a directive, and is none: mdBook prints it as it stands.

use std::{ops::Range, sync::LazyLock};

use regex::{Captures, Regex};

use crate::{
    finding::Finding,
    page::{DIRECTIVES, Page, escapes},
};

/// Checks a page for it.
pub fn check(page: &Page, findings: &mut Vec<Finding>) {
    for range in lookalikes(page) {
        let text = page.file.text[range.clone()].to_lowercase();
        let word = text.trim_start_matches(['{', '#', ' ']);
        let mut words = word
            .split(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c));
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
            r"(?P<open>\{\{?\s*#\s*|\{\{\s*)(?P<word>[A-Za-z_-]+)(?P<rest>[^}\n]*)\}{0,2}",
        )
        .unwrap()
    });
    let known = page.directives().into_iter().map(|one| one.range);
    let known: Vec<_> = known.chain(escapes(&page.file.text)).collect();
    LOOKALIKE
        .captures_iter(&page.file.text)
        .filter(is_meant)
        .map(|found| found.get_match().range())
        .filter(|range| !known.iter().any(|one| one.contains(&range.start)))
        .collect()
}

/// Whether an author meant a directive. Its word is like that of one, and
/// something stands behind it. Braces have other uses, too, as in `{#id}`
/// behind a heading and in templates, so if a brace or the hash is missing,
/// there must be a path.
fn is_meant(found: &Captures) -> bool {
    let word = found["word"].to_lowercase();
    if !DIRECTIVES.iter().any(|known| is_slip(&word, known)) {
        return false;
    }
    let opened = found["open"].starts_with("{{") && found["open"].contains('#');
    let rest = &found["rest"];
    let is_path = rest.starts_with(char::is_whitespace)
        && rest.contains(['.', '/'])
        && !rest.contains(['"', '\'', '|', '(']);
    is_path || opened && !rest.trim().is_empty()
}

/// Whether a slip of the fingers makes the one of the other. Directives of
/// other tools, `shiftinclude` for one, are further away.
fn is_slip(word: &str, known: &str) -> bool {
    const SHORT: usize = 5;
    let slips = if known.len() > SHORT { 2 } else { 1 };
    strsim::osa_distance(word, known) <= slips
}
