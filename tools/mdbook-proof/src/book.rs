//! The book as its author wrote it: settings, pages, and the code beside them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Component, Path, PathBuf},
    sync::OnceLock,
};

use anyhow::{Context, Result, bail};
use mdbook_summary::{Summary, SummaryItem};

use crate::finding::File;

pub use crate::settings::{
    CompileFailSettings, OwnSettings, SessionSettings, Settings, get,
};

/// A book and everything that its proof needs to know of it.
#[derive(Debug)]
pub struct Book {
    /// The folder with `book.toml`.
    pub root: PathBuf,
    /// `book.toml` itself.
    pub config: File,
    /// What it says to mdBook.
    pub table: toml::Table,
    /// What it says to the proof-reader.
    pub settings: Settings,
    /// The folder of the pages, relative to the root.
    pub src: PathBuf,
    /// `SUMMARY.md`.
    pub summary: File,
    /// What the summary names, in its order, relative to `src`.
    pub locations: Vec<PathBuf>,
    /// The pages that the summary names, in its order.
    pub pages: Vec<File>,
    /// The pages that the summary names and that are not there.
    pub missing: Vec<PathBuf>,
    /// The Rust files of the crates.
    pub sources: Vec<File>,
    /// Where their functions are, as far as somebody has asked.
    functions: OnceLock<BTreeMap<String, PathBuf>>,
}

impl Book {
    /// Reads the book in the folder `root`.
    ///
    /// # Errors
    ///
    /// When `book.toml` or `SUMMARY.md` is missing or makes no sense. All that
    /// is wrong besides is for [`crate::check()`] to find.
    pub fn load(root: impl Into<PathBuf>) -> Result<Book> {
        let root = root.into();
        let config = read(&root, "book.toml")?;
        let table: toml::Table = config
            .text
            .parse()
            .with_context(|| "book.toml is no TOML".to_string())?;
        let settings = Settings::read(&table)?;
        let src = get(&table, &["book", "src"])
            .and_then(toml::Value::as_str)
            .map_or_else(|| PathBuf::from("src"), PathBuf::from);
        let summary = read(&root, src.join("SUMMARY.md"))?;
        let parsed = mdbook_summary::parse_summary(&summary.text)
            .context("SUMMARY.md cannot be read")?;

        let mut pages = Vec::new();
        let mut missing = Vec::new();
        let locations = locations(&parsed);
        for location in &locations {
            match read(&root, src.join(location)) {
                Ok(page) => pages.push(page),
                Err(_) => missing.push(location.clone()),
            }
        }
        let sources = sources(&root, &settings.crates)?;
        Ok(Book {
            root,
            config,
            table,
            settings,
            src,
            summary,
            locations,
            pages,
            missing,
            sources,
            functions: OnceLock::new(),
        })
    }

    /// The first file of the crates that has a function of this name.
    pub fn file_with(&self, function: &str) -> Option<&Path> {
        let functions = self.functions.get_or_init(|| {
            let mut found = BTreeMap::new();
            for file in &self.sources {
                for name in functions(&file.text) {
                    let path = || file.path.clone();
                    found.entry(name.to_owned()).or_insert_with(path);
                }
            }
            found
        });
        functions.get(function).map(PathBuf::as_path)
    }

    /// The file at `path`, relative to the root.
    ///
    /// # Errors
    ///
    /// When it cannot be read as text.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<File> {
        read(&self.root, path)
    }

    /// Whether there is a file or folder at `path`, relative to the root.
    pub fn has(&self, path: impl AsRef<Path>) -> bool {
        self.root.join(path).exists()
    }
}

/// `path` without `.` and `..`, as far as that is possible.
pub fn normalize(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if clean.file_name().is_some() => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

/// The way from one file to another, as a link writes it.
pub fn relative(from: &Path, to: &Path) -> String {
    let folder = from.parent().unwrap_or(Path::new(""));
    let common = folder
        .components()
        .zip(to.components())
        .take_while(|(one, other)| one == other)
        .count();
    let up = folder.components().skip(common).map(|_| "..".into());
    let down = to.components().skip(common);
    let down = down.map(|part| part.as_os_str().to_string_lossy());
    let parts: Vec<_> = up.chain(down).collect();
    parts.join("/")
}

/// Every file below `folder` with this ending, in the order of their paths.
/// Folders named `target` and hidden ones are left out.
pub fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || name == "target" {
            continue;
        }
        if path.is_dir() {
            found.extend(files_below(&path, ending));
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found
}

fn read(root: &Path, path: impl AsRef<Path>) -> Result<File> {
    let path = normalize(path.as_ref());
    let text = fs::read_to_string(root.join(&path))
        .with_context(|| format!("cannot read {}", path.display()))?;
    // mdBook does not see the mark with which some editors begin a file.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(File::new(path, text))
}

/// The Rust files of the crates.
fn sources(root: &Path, crates: &[PathBuf]) -> Result<Vec<File>> {
    let mut sources = Vec::new();
    for folder in crates {
        if !root.join(folder).is_dir() {
            bail!("there is no folder {} for `crates`", folder.display());
        }
        for path in files_below(&root.join(folder), ".rs") {
            let path = path.strip_prefix(root).unwrap_or(&path);
            sources.push(read(root, path)?);
        }
    }
    Ok(sources)
}

/// The names of the functions in a Rust file.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("fn ").filter_map(|(at, word)| {
        let rest = &text[at + word.len()..];
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let end = rest.find(|c| !is_name(c))?;
        (rest[end..].starts_with('(') && end > 0).then(|| &rest[..end])
    })
}

fn locations(summary: &Summary) -> Vec<PathBuf> {
    fn collect(items: &[SummaryItem], found: &mut Vec<PathBuf>) {
        for item in items {
            if let SummaryItem::Link(link) = item {
                found.extend(link.location.clone());
                collect(&link.nested_items, found);
            }
        }
    }
    let mut found = Vec::new();
    collect(&summary.prefix_chapters, &mut found);
    collect(&summary.numbered_chapters, &mut found);
    collect(&summary.suffix_chapters, &mut found);
    found
}
