//! Anchors in the code: markers that do not fit together, and anchors that no
//! page shows.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;

use crate::{
    finding::{File, Finding},
    rules::includes::Included,
    source::{Marker, markers},
};

/// Checks the markers of a source file.
pub fn check(file: &File, included: &Included, findings: &mut Vec<Finding>) {
    let path = file.path.to_string_lossy();
    let is_shown = |marker: &Marker| {
        let shown = included.shown.iter();
        shown
            .clone()
            .any(|(file, name)| *file == path && *name == marker.name)
    };
    let markers = markers(file);
    lookalikes(file, &markers, findings);
    pairs(file, &markers, is_shown, findings);
    for marker in &markers {
        form(file, marker, findings);
    }
    let opens = markers.iter().filter(|marker| marker.opens);
    for marker in opens.filter(|marker| !is_shown(marker)) {
        let message = format!("no page shows `{}`", marker.name);
        let hint = "include it, or take the two markers away";
        findings.push(
            file.finding("unshown-anchor", marker.line.clone(), message)
                .hint(hint),
        );
    }
}

/// Comments that an author meant as markers, and mdBook does not.
fn lookalikes(file: &File, markers: &[Marker], findings: &mut Vec<Finding>) {
    static LOOKALIKE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)(//+!?|#|<!--|--|;|/\*|%)\s*anchor([_ -]?(end|start))?\s*(:|\s[\w-]+\s*$)",
        )
        .unwrap()
    });
    for (line, text) in file.lines() {
        let is_marker = markers.iter().any(|marker| marker.line == line);
        if LOOKALIKE.is_match(text) && !is_marker {
            let message = "mdBook does not take this for a marker";
            let hint = "write `ANCHOR: name` or `ANCHOR_END: name`";
            findings.push(
                file.finding("malformed-marker", line, message).hint(hint),
            );
        }
    }
}

/// Markers of which the other one is missing, or is there twice. What is not
/// closed and not shown does no harm.
fn pairs(
    file: &File,
    markers: &[Marker],
    is_shown: impl Fn(&Marker) -> bool,
    findings: &mut Vec<Finding>,
) {
    let mut open: BTreeMap<&str, &Marker> = BTreeMap::new();
    let mut closed: BTreeMap<&str, &Marker> = BTreeMap::new();
    for marker in markers {
        let name = &*marker.name;
        let mut report = |rule, message: String| {
            findings.push(file.finding(rule, marker.line.clone(), message));
        };
        if marker.opens {
            if let Some(first) = open.get(name).or(closed.get(name)) {
                let line = first.number;
                report(
                    "duplicate-anchor",
                    format!("`{name}` was opened in line {line} already"),
                );
            }
            open.insert(name, marker);
        } else if let Some(start) = open.remove(name) {
            closed.insert(name, start);
        } else {
            report("unopened-anchor", format!("`{name}` was never opened"));
        }
    }
    for (name, marker) in open.into_iter().filter(|one| is_shown(one.1)) {
        let message =
            format!("`{name}` is never closed, and shows the rest of the file");
        findings.push(
            file.finding("unclosed-anchor", marker.line.clone(), message)
                .hint(format!("add `ANCHOR_END: {name}`")),
        );
    }
}

fn form(file: &File, marker: &Marker, findings: &mut Vec<Finding>) {
    let text = file.text[marker.line.clone()].trim();
    let (before, rest) = text.split_once("ANCHOR").unwrap_or_default();
    if has_code(before) {
        findings.push(file.finding(
            "code-beside-marker",
            marker.line.clone(),
            "mdBook drops the whole line, and with it the code",
        ));
        return;
    }
    let rest = rest.split_once(':').map_or("", |(_, rest)| rest.trim());
    let rest = rest
        .trim_end_matches("-->")
        .trim_end_matches("*/")
        .trim_end();
    let numeric = marker.name.chars().all(|c| c.is_ascii_digit());
    if numeric || rest != marker.name {
        findings.push(
            file.finding(
                "anchor-name",
                marker.line.clone(),
                format!("`{rest}` cannot be the name of an anchor"),
            )
            .hint("use letters, digits, `_` and `-`, and not digits alone"),
        );
    }
}

/// Whether what stands before a marker is more than the beginning of a
/// comment, in whatever language.
fn has_code(before: &str) -> bool {
    const COMMENTS: [&str; 3] = ["REM", "rem", "dnl"];
    let ends_block = |c: char| ")]};,".contains(c);
    let is_code =
        before.contains(char::is_alphanumeric) || before.contains(ends_block);
    is_code && !COMMENTS.contains(&before.trim())
}
