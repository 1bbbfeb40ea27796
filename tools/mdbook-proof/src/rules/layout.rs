//! `book.toml`, `SUMMARY.md` and the files beside it.

use std::path::{Path, PathBuf};

use mdbook_preprocessor::config::HtmlConfig;

use crate::{
    book::{Book, files_below, get, normalize},
    finding::{File, Finding},
    page::Page,
    rules::includes::Included,
};

/// Checks the settings and the list of pages.
pub fn check(
    book: &Book,
    pages: &[Page],
    included: &Included,
    findings: &mut Vec<Finding>,
) {
    build_dir(book, findings);
    html_keys(book, findings);
    watched(book, findings);
    let orphans = orphans(book, included);
    missing(book, &orphans, findings);
    unnamed(book, &orphans, findings);
    readmes(book, pages, findings);
}

/// mdBook empties the folder that it builds into.
fn build_dir(book: &Book, findings: &mut Vec<Finding>) {
    let set = get(&book.table, &["build", "build-dir"]);
    let Some(folder) = set.and_then(toml::Value::as_str) else {
        let (rule, message) = if book.src.starts_with("book") {
            let message = "without a `build-dir`, mdBook builds into `book` and \
                           deletes the pages there";
            ("build-dir", message)
        } else {
            let message = "there is no `build-dir`, and readers may take the \
                           default for the folder of the pages";
            ("default-build-dir", message)
        };
        findings.push(
            book.config
                .finding(rule, book.config.first_line(), message)
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

fn missing(book: &Book, orphans: &[PathBuf], findings: &mut Vec<Finding>) {
    for path in &book.missing {
        let path = path.to_string_lossy();
        let message = format!("there is no page `{path}`");
        let names = orphans.iter().map(|path| path.to_string_lossy());
        let names: Vec<_> = names.collect();
        findings.push(
            book.summary
                .finding("missing-page", find(&book.summary, &path), message)
                .did_you_mean(&path, names.iter().map(|name| &**name)),
        );
    }
}

fn unnamed(book: &Book, orphans: &[PathBuf], findings: &mut Vec<Finding>) {
    for path in orphans {
        let file = path.to_string_lossy().into_owned();
        let text = book.read(book.src.join(path));
        let orphan = text.unwrap_or_else(|_| book.summary.clone());
        let message = format!("SUMMARY.md does not name `{file}`");
        let line = orphan.first_line();
        findings.push(orphan.finding("orphan-page", line, message));
    }
}

/// mdBook makes `index.html` of a README, and does not tell the links to it.
fn readmes(book: &Book, pages: &[Page], findings: &mut Vec<Finding>) {
    for path in book.locations.iter().filter(|path| is_readme(path)) {
        let message = "mdBook renames this page to index.html, and leaves the \
                       links to it as they are";
        let span = find(&book.summary, &path.to_string_lossy());
        findings.push(
            book.summary
                .finding("readme-page", span, message)
                .hint("call the page something else"),
        );
    }
    for page in pages {
        for (link, range) in &page.links {
            let target = link.split(['#', '?']).next().unwrap_or_default();
            let folder = page.file.path.parent().unwrap_or(Path::new(""));
            let target = normalize(&folder.join(target));
            let is_page = book.pages.iter().any(|one| one.path == target);
            if is_page && is_readme(&target) {
                let message = "mdBook makes `index.html` of that page, and this \
                               link leads to `README.html`";
                let span = range.clone();
                findings.push(
                    page.file
                        .finding("readme-link", span, message)
                        .hint("link to `index.md` in its place"),
                );
            }
        }
    }
}

fn is_readme(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.eq_ignore_ascii_case("README.md")
}

/// Pages on disk that the summary does not name and that no page includes,
/// relative to the `src` folder.
fn orphans(book: &Book, included: &Included) -> Vec<PathBuf> {
    let folder = book.root.join(&book.src);
    let not_found = get(&book.table, &["output", "html", "input-404"]);
    let not_found = not_found.and_then(toml::Value::as_str);
    let own = ["SUMMARY.md", not_found.unwrap_or("404.md")];
    files_below(&folder, ".md")
        .into_iter()
        .filter_map(|path| Some(path.strip_prefix(&folder).ok()?.to_owned()))
        .filter(|path| !own.iter().any(|own| path == Path::new(own)))
        .filter(|path| {
            let path = normalize(&book.src.join(path));
            let is_named = book.pages.iter().any(|page| page.path == path);
            let is_included =
                included.files.values().any(|file| file.path == path);
            !is_named && !is_included && is_among_pages(book, &path)
        })
        .collect()
}

/// Whether a file is where the book has its pages. If that is the folder of
/// the whole project, it holds much besides.
fn is_among_pages(book: &Book, path: &Path) -> bool {
    let root = Path::new("");
    let beside = |page: &File| page.path.parent() == path.parent();
    normalize(&book.src) != root
        || path.parent() != Some(root) && book.pages.iter().any(beside)
}

/// Where `word` first stands, or the beginning of the file.
fn find(file: &File, word: &str) -> std::ops::Range<usize> {
    match file.text.find(word) {
        Some(at) if !word.is_empty() => at..at + word.len(),
        _ => file.first_line(),
    }
}
