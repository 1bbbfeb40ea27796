//! The commands that run what a listing shows.

use std::path::Path;

use crate::book::Book;

/// The command that runs the file at `path`: the one that the settings give
/// it, or the one that follows from its place in the package.
pub fn command(book: &Book, path: &str) -> Option<String> {
    let set = book.settings.run.get(path).cloned();
    set.or_else(|| derived(Path::new(path)))
}

/// Cargo knows a file in one of these folders by its name.
fn derived(path: &Path) -> Option<String> {
    const FOLDERS: [(&str, &str); 3] = [
        ("src/bin", "cargo run --bin"),
        ("examples", "cargo run --example"),
        ("tests", "cargo test --test"),
    ];
    let name = path.to_str()?.strip_suffix(".rs")?.rsplit('/').next()?;
    let folder = path.parent()?;
    let mut fitting = FOLDERS.iter().filter(|(end, _)| folder.ends_with(end));
    fitting
        .next()
        .map(|(_, command)| format!("{command} {name}"))
}
