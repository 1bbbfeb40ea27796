//! What git remembers: a listing as it was when somebody last read the words
//! around it.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use crate::{
    book::Book,
    exhibit::{Exhibit, exhibits},
    finding::File,
    page::Page,
};

/// How many commits are looked at, the latest first.
const COMMITS: &str = "60";

/// The older exhibits of a page that have these digests, as far as git knows
/// them. Without git, or without a history, nothing is known.
///
/// The page may have shown something else then, so each commit is asked twice:
/// what its page showed, and what the page as it is now would have shown.
pub fn older(
    book: &Book,
    page: &Page,
    paths: &BTreeSet<String>,
    wanted: &BTreeSet<String>,
) -> BTreeMap<String, Exhibit> {
    let mut found = BTreeMap::new();
    let path = page.file.path.to_string_lossy().into_owned();
    let mut log = vec!["log", "--format=%H", "-n", COMMITS, "--", &path];
    log.extend(paths.iter().map(String::as_str));
    let commits = git(book, &log).unwrap_or_default();
    for commit in ["HEAD"].into_iter().chain(commits.lines()) {
        if wanted.iter().all(|one| found.contains_key(one)) {
            break;
        }
        let read = |path: &str| {
            let text = git(book, &["show", &format!("{commit}:./{path}")])?;
            Some(File::new(path, text))
        };
        let then = read(&path);
        let then = then.as_ref().map(Page::parse);
        for page in then.iter().chain([page]) {
            for exhibit in exhibits(book, page, &read) {
                let digest = exhibit.digest();
                if wanted.contains(&digest) {
                    found.entry(digest).or_insert(exhibit);
                }
            }
        }
    }
    found
}

fn git(book: &Book, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(&book.root)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}
