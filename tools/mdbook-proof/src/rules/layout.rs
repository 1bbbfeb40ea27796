//! `book.toml`, `SUMMARY.md` and the files beside it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use mdbook_preprocessor::config::HtmlConfig;

use crate::{
    book::{Book, files_below, get, normalize},
    finding::{File, Finding},
    page::{self, path_of},
};

/// Checks the settings and the list of pages.
pub fn check(book: &Book, findings: &mut Vec<Finding>) {
    build_dir(book, findings);
    html_keys(book, findings);
    watched(book, findings);
    pages(book, findings);
}

/// mdBook empties the folder that it builds into.
fn build_dir(book: &Book, findings: &mut Vec<Finding>) {
    let set = get(&book.table, &["build", "build-dir"]);
    let Some(folder) = set.and_then(toml::Value::as_str) else {
        let default = Path::new("book");
        let message = if book.src.starts_with(default) {
            "without a `build-dir`, mdBook builds into `book` and deletes the \
             pages there"
        } else {
            "there is no `build-dir`, and the default is easily taken for the \
             folder of the pages"
        };
        findings.push(
            book.config
                .finding("build-dir", top(&book.config), message)
                .hint("add `build-dir = \"target/book\"` to `[build]`"),
        );
        return;
    };
    let root = book
        .root
        .canonicalize()
        .unwrap_or_else(|_| book.root.clone());
    let folder_path = normalize(&root.join(folder));
    let in_it =
        |path: &Path| normalize(&root.join(path)).starts_with(&folder_path);
    if in_it(&book.src) || book.settings.crates.iter().any(|path| in_it(path)) {
        let message = format!(
            "mdBook empties `{folder}`, and the pages or the code are in it"
        );
        findings.push(book.config.finding(
            "build-dir",
            find(&book.config, "build-dir"),
            message,
        ));
    }
}

fn html_keys(book: &Book, findings: &mut Vec<Finding>) {
    let Some(html) = get(&book.table, &["output", "html"]) else {
        return;
    };
    let Err(error) = html.clone().try_into::<HtmlConfig>() else {
        return;
    };
    let message = error.message().to_owned();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let key = quoted.next().unwrap_or_default();
    let what = message.split(", expected").next().unwrap_or_default();
    let what = format!("{what}: mdBook would ignore all of `[output.html]`");
    findings.push(
        book.config
            .finding("html-setting", find(&book.config, key), what)
            .did_you_mean(key, quoted),
    );
}

/// `mdbook serve` does not see changes in the code unless it is told to look.
fn watched(book: &Book, findings: &mut Vec<Finding>) {
    let folders = get(&book.table, &["build", "extra-watch-dirs"]);
    let folders = folders.and_then(toml::Value::as_array);
    for folder in folders.into_iter().flatten() {
        let Some(folder) = folder.as_str() else {
            continue;
        };
        if !book.has(folder) {
            let message = format!("there is no folder `{folder}` to watch");
            findings.push(book.config.finding(
                "watched-folder",
                find(&book.config, folder),
                message,
            ));
        }
    }
}

fn pages(book: &Book, findings: &mut Vec<Finding>) {
    for path in &book.missing {
        let path = path.to_string_lossy();
        let message = format!("there is no page `{path}`");
        let names = orphans(book);
        let names: Vec<_> =
            names.iter().map(|path| path.to_string_lossy()).collect();
        findings.push(
            book.summary
                .finding("missing-page", find(&book.summary, &path), message)
                .did_you_mean(&path, names.iter().map(|name| &**name)),
        );
    }
    for path in orphans(book) {
        let file = path.to_string_lossy().into_owned();
        let text = book.read(book.src.join(&path));
        let orphan = text.unwrap_or_else(|_| book.summary.clone());
        let message = format!("SUMMARY.md does not name `{file}`");
        findings.push(orphan.finding("orphan-page", top(&orphan), message));
    }
    for path in &book.locations {
        if path.file_name().is_some_and(|name| name == "README.md") {
            let message = "mdBook renames this page to index.html, and leaves \
                           the links to it as they are";
            let span = find(&book.summary, &path.to_string_lossy());
            findings.push(
                book.summary
                    .finding("readme-page", span, message)
                    .hint("call the page something else"),
            );
        }
    }
}

/// Pages on disk that the summary does not name and that no page includes,
/// relative to the `src` folder.
fn orphans(book: &Book) -> Vec<PathBuf> {
    let folder = book.root.join(&book.src);
    let named: BTreeSet<PathBuf> =
        book.pages.iter().map(|page| page.path.clone()).collect();
    let is_included = |path: &Path| {
        let path = path.to_string_lossy();
        book.pages.iter().any(|page| {
            let directives = page::directives(&page.text);
            directives.iter().any(|one| path_of(page, one) == path)
        })
    };
    files_below(&folder, ".md")
        .into_iter()
        .filter_map(|path| Some(path.strip_prefix(&folder).ok()?.to_owned()))
        .filter(|path| path != Path::new("SUMMARY.md"))
        .filter(|path| {
            let path = normalize(&book.src.join(path));
            !named.contains(&path) && !is_included(&path)
        })
        .collect()
}

/// Where `word` first stands, or the beginning of the file.
fn find(file: &File, word: &str) -> std::ops::Range<usize> {
    match file.text.find(word) {
        Some(at) if !word.is_empty() => at..at + word.len(),
        _ => top(file),
    }
}

fn top(file: &File) -> std::ops::Range<usize> {
    0..file.text.find('\n').unwrap_or(file.text.len())
}
