//! Exceptions: `proof: allow(RULE) REASON`, in a comment above what it excuses.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::{
    finding::{File, Finding},
    page::Page,
};

/// An exception that an author has asked for.
#[derive(Debug)]
pub struct Allow {
    file: File,
    rule: String,
    /// The words that ask for it.
    words: Range<usize>,
    /// What it excuses.
    scope: Range<usize>,
    used: bool,
}

static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"proof: allow\(([a-z-]+)\)[ \t]*([^\r\n]*?)[ \t]*(-->|\r?\n|$)")
        .unwrap()
});

/// The exceptions of a page: each excuses the block below its comment.
pub fn of_page(page: &Page, findings: &mut Vec<Finding>) -> Vec<Allow> {
    let mut allows = Vec::new();
    let outside =
        |comment: &&Range<usize>| page.block_at(comment.start).is_none();
    for comment in page.comments.iter().filter(outside) {
        let text = &page.file.text[comment.clone()];
        for mut allow in parse(page.file, comment.start, text, findings) {
            // A comment inside a paragraph is for this paragraph, one of its
            // own is for the block below it.
            let own = page.outermost.iter().find(|block| {
                block.contains(&comment.start) && block.start < comment.start
            });
            let below = page
                .outermost
                .iter()
                .find(|block| block.start >= comment.end);
            let end = own.or(below).map_or(comment.end, |block| block.end);
            allow.scope = comment.start..end;
            allows.push(allow);
        }
    }
    allows
}

/// The exceptions of a source file: each excuses the line below its comment.
pub fn of_source(file: &File, findings: &mut Vec<Finding>) -> Vec<Allow> {
    let mut allows = parse(file, 0, &file.text, findings);
    for allow in &mut allows {
        let from = allow.words.start;
        let mut ends = file.text[from..].match_indices('\n').map(|(at, _)| at);
        let below = ends.nth(1).map_or(file.text.len(), |at| from + at);
        allow.scope = from..below;
    }
    allows
}

fn parse(
    file: &File,
    offset: usize,
    text: &str,
    findings: &mut Vec<Finding>,
) -> Vec<Allow> {
    let mut allows = Vec::new();
    for found in PATTERN.captures_iter(text) {
        let start = offset + found.get_match().start();
        let words = start..start + found[0].trim_end().len();
        if found[2].is_empty() {
            let message = "an exception needs a reason";
            let hint = "say after the parenthesis why it is right here";
            findings.push(
                file.finding("allow-without-reason", words.clone(), message)
                    .hint(hint),
            );
        }
        allows.push(Allow {
            file: file.clone(),
            rule: found[1].to_owned(),
            scope: words.clone(),
            words,
            used: false,
        });
    }
    allows
}

/// Takes away the findings that are excused, and adds those about exceptions
/// that excuse nothing. A rule that does not hold needs no exception, but may
/// have one.
pub fn apply(
    mut allows: Vec<Allow>,
    holds: impl Fn(&str) -> bool,
    findings: &mut Vec<Finding>,
) {
    findings.retain(|finding| {
        let excuse = allows.iter_mut().find(|allow| {
            allow.rule == finding.rule
                && allow.file.path == finding.file.path
                && allow.scope.contains(&finding.span.start)
        });
        match excuse {
            Some(allow) => {
                allow.used = true;
                false
            }
            None => true,
        }
    });
    let unused = allows.iter().filter(|allow| !allow.used);
    for allow in unused.filter(|allow| holds(&allow.rule)) {
        let message = format!("nothing here breaks the rule `{}`", allow.rule);
        findings.push(
            allow
                .file
                .finding("unused-allow", allow.words.clone(), message)
                .hint("take the exception away"),
        );
    }
}
