//! The book as its author wrote it: settings, pages, and the code beside them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use mdbook_summary::{Summary, SummaryItem};
use serde::Deserialize;

use crate::finding::File;

/// What `[preprocessor.proof]` in `book.toml` may say.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// How mdBook starts the proof-reader; mdBook's own key.
    command: Option<String>,
    /// Which preprocessors run after it; mdBook's own key.
    before: Vec<String>,
    /// Which preprocessors run before it; mdBook's own key.
    after: Vec<String>,
    /// For which renderers it runs; mdBook's own key.
    renderers: Vec<String>,
    /// Whether the book may be built without it; mdBook's own key.
    optional: bool,
    /// Rules that this book does without.
    pub allow: Vec<String>,
    /// Folders of the packages whose code the pages show.
    pub crates: Vec<PathBuf>,
    /// The file that lists the words which are names of something else.
    pub words: Option<PathBuf>,
    /// The longest line of a listing, in columns.
    pub max_columns: usize,
    /// The longest listing, in lines.
    pub max_lines: usize,
    /// Folders of texts that programs have written: their numbers are what was
    /// measured, and need no other proof.
    pub measured: Vec<PathBuf>,
    /// The folder of the pages that show whole files, relative to the pages.
    pub file_pages: Option<PathBuf>,
    /// The commands that run a file, where they do not follow from its path.
    pub run: BTreeMap<String, String>,
    /// How sessions are run.
    pub session: SessionSettings,
    /// Listings that must not compile.
    pub compile_fail: CompileFailSettings,
}

/// What `[preprocessor.proof.compile-fail]` may say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct CompileFailSettings {
    /// Folders of files that must not compile, each with a `.stderr` beside it.
    pub folders: Vec<PathBuf>,
    /// The package whose libraries they may use.
    pub package: Option<String>,
    /// The version of the compiler whose words the pages show.
    pub rustc: Option<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            command: None,
            before: Vec::new(),
            after: Vec::new(),
            renderers: Vec::new(),
            optional: false,
            allow: Vec::new(),
            crates: Vec::new(),
            words: None,
            max_columns: 80,
            max_lines: 25,
            measured: Vec::new(),
            file_pages: None,
            run: BTreeMap::new(),
            session: SessionSettings::default(),
            compile_fail: CompileFailSettings::default(),
        }
    }
}

/// What `[preprocessor.proof.session]` may say.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SessionSettings {
    /// The port that the pages write. A run uses a free one in its place.
    pub port: Option<u16>,
    /// The environment variable that tells the programs their port.
    pub port_variable: Option<String>,
    /// More of the environment.
    pub env: BTreeMap<String, String>,
    /// Commands that are run once before the first session, such as a build.
    pub prepare: Vec<String>,
    /// What stands around numbers that differ from run to run. `{}` marks one
    /// that must differ in the same way everywhere, `{*}` one that need not.
    pub varying: Vec<String>,
    /// What programs print to ask for a line, and do not end. It is left out
    /// where a line that they print follows it.
    pub prompts: Vec<String>,
    /// How long to wait for a line, in seconds.
    pub deadline: u64,
}

impl Default for SessionSettings {
    fn default() -> SessionSettings {
        SessionSettings {
            port: None,
            port_variable: None,
            env: BTreeMap::new(),
            prepare: Vec::new(),
            varying: Vec::new(),
            prompts: Vec::new(),
            deadline: 20,
        }
    }
}

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
}

impl Book {
    /// Reads the book in the folder `root`.
    ///
    /// # Errors
    ///
    /// When `book.toml` or `SUMMARY.md` is missing or makes no sense. All that
    /// is wrong besides is for [`crate::check`] to find.
    pub fn load(root: impl Into<PathBuf>) -> Result<Book> {
        let root = root.into();
        let config = read(&root, "book.toml")?;
        let table: toml::Table = config
            .text
            .parse()
            .with_context(|| "book.toml is no TOML".to_string())?;
        let settings = settings(&table)?;
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
        let mut sources = Vec::new();
        for folder in &settings.crates {
            if !root.join(folder).is_dir() {
                bail!("there is no folder {} for `crates`", folder.display());
            }
            sources.extend(rust_files(&root, folder)?);
        }
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
        })
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

/// The value below these keys of a table.
pub fn get<'a>(
    table: &'a toml::Table,
    keys: &[&str],
) -> Option<&'a toml::Value> {
    let (last, path) = keys.split_last()?;
    path.iter()
        .try_fold(table, |table, key| table.get(*key)?.as_table())?
        .get(*last)
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

fn settings(table: &toml::Table) -> Result<Settings> {
    match get(table, &["preprocessor", "proof"]) {
        Some(value) => value
            .clone()
            .try_into()
            .context("[preprocessor.proof] in book.toml"),
        None => Ok(Settings::default()),
    }
}

fn read(root: &Path, path: impl AsRef<Path>) -> Result<File> {
    let path = normalize(path.as_ref());
    let text = fs::read_to_string(root.join(&path))
        .with_context(|| format!("cannot read {}", path.display()))?;
    // mdBook does not see the mark with which some editors begin a file.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(File::new(path, text))
}

fn rust_files(root: &Path, folder: &Path) -> Result<Vec<File>> {
    files_below(&root.join(folder), ".rs")
        .iter()
        .map(|path| read(root, path.strip_prefix(root).unwrap_or(path)))
        .collect()
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
