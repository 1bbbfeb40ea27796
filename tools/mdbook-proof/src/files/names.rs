//! What the page of a file is called, as its path says it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use crate::book::{Book, normalize};

/// The title of the page of a file: its path, below the first of the book's
/// packages if it is there.
pub fn title(book: &Book, path: &str) -> String {
    below(book.settings.crates.first(), Path::new(path))
        .unwrap_or(Path::new(path))
        .to_string_lossy()
        .into_owned()
}

/// The pages of these files, in the book's folder `folder`. No two have the
/// same name, nor the name of another page.
pub(super) fn pages(
    book: &Book,
    folder: &Path,
    paths: &[String],
) -> BTreeMap<String, PathBuf> {
    let mut taken: BTreeSet<PathBuf> =
        book.pages.iter().map(|page| page.path.clone()).collect();
    let sorted: BTreeSet<&String> = paths.iter().collect();
    let page_of = |path: &String| {
        let name = name(book, path);
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let page = std::iter::once(name.clone())
            .chain(numbered)
            .map(|name| book.src.join(folder).join(name + ".md"))
            .map(|page| normalize(&page))
            .find(|page| taken.insert(page.clone()))
            .expect("there is always another number");
        (path.clone(), page)
    };
    sorted.into_iter().map(page_of).collect()
}

/// `upgrade-server` for `src/upgrade/server.rs`.
///
/// `src` says nothing, and programs that stand for themselves are known by
/// their own names: examples, and what must not compile.
fn name(book: &Book, path: &str) -> String {
    let path = Path::new(path);
    let alone = book.settings.compile_fail.folders.iter();
    let path = alone
        .chain(book.settings.crates.first())
        .find_map(|folder| below(Some(folder), path))
        .unwrap_or(path);
    let path = match path.extension() {
        Some(ending) if ending == "rs" => path.with_extension(""),
        _ => path.to_owned(),
    };
    let parts = path.iter().map(|part| part.to_string_lossy());
    let mut parts: Vec<String> = parts.map(String::from).collect();
    match &*parts[0] {
        "src" | "examples" if parts.len() > 1 => _ = parts.remove(0),
        "tests" => "test".clone_into(&mut parts[0]),
        _ => {}
    }
    parts.join("-")
}

fn below<'a>(folder: Option<&PathBuf>, path: &'a Path) -> Option<&'a Path> {
    path.strip_prefix(normalize(folder?)).ok()
}
