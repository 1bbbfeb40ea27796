//! Listings that must not compile: each is a file, and beside it is what the
//! compiler says of it.
//!
//! `trybuild` and `ui_test` compare such files, too, but as tests of a crate
//! that has them in a folder of its own, and `trybuild` rewrites the words of
//! the compiler. Here the words are for readers, who see what they see in
//! their own terminal, and another compiler is held to the codes only.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context, Result};

use crate::{
    book::{Book, files_below},
    finding::{File, Finding},
    items::libraries,
};

/// What a check of the compiler's messages has brought to light.
#[derive(Debug, Default)]
pub struct Compiled {
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
    /// How many files there are.
    pub files: usize,
    /// The compiler's version, if it is not the one whose words the pages
    /// show. Then only the codes of the errors have been compared.
    pub other_version: Option<String>,
}

/// Compiles every file in the settings' `compile-fail` folders, and compares
/// what the compiler says with the `.stderr` file beside it.
///
/// With `overwrite`, the `.stderr` files are written instead.
///
/// # Errors
///
/// When cargo or rustc cannot be run, or a file cannot be written.
pub fn check(book: &Book, overwrite: bool) -> Result<Compiled> {
    let mut compiled = Compiled::default();
    let settings = &book.settings.compile_fail;
    let version = version()?;
    let same = settings
        .rustc
        .as_ref()
        .is_none_or(|rustc| *rustc == version);
    if !same {
        compiled.other_version = Some(version);
    }
    let libraries = match &settings.package {
        Some(package) => libraries(&book.root, package)?,
        None => BTreeMap::new(),
    };
    for folder in &settings.folders {
        for path in files_below(&book.root.join(folder), ".rs") {
            let path = path.strip_prefix(&book.root)?.to_owned();
            let file = book.read(&path)?;
            let said = compile(book, &path, &libraries)?;
            compiled.files += 1;
            if overwrite {
                fs::write(book.root.join(path.with_extension("stderr")), said)?;
            } else {
                compare(book, &file, &said, same, &mut compiled.findings);
            }
        }
    }
    Ok(compiled)
}

fn version() -> Result<String> {
    let output = Command::new("rustc")
        .arg("--version")
        .output()
        .context("cannot run rustc")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.split(' ').nth(1).unwrap_or_default().to_owned())
}

/// What the compiler says of the file; nothing if it has no objection.
fn compile(
    book: &Book,
    path: &PathBuf,
    libraries: &BTreeMap<String, PathBuf>,
) -> Result<String> {
    static FOLDERS: AtomicUsize = AtomicUsize::new(0);
    let count = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let name = format!("mdbook-proof-{}-{count}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    fs::create_dir_all(&folder)?;
    let mut rustc = Command::new("rustc");
    rustc
        .current_dir(&book.root)
        .args(["--edition=2024", "--emit=metadata", "--color=never"])
        .arg("--out-dir")
        .arg(&folder)
        .arg(path);
    for (name, library) in libraries {
        rustc.arg(format!("--extern={name}={}", library.display()));
        if let Some(folder) = library.parent() {
            rustc.arg(format!("-Ldependency={}", folder.display()));
        }
    }
    let output = rustc.output().context("cannot run rustc");
    fs::remove_dir_all(&folder)?;
    let output = output?;
    if output.status.success() {
        return Ok(String::new());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // The sum at the end is about the run, not about the listing.
    let end = said.find("\nerror: aborting due to").unwrap_or(said.len());
    Ok(said[..end].trim_end().to_owned() + "\n")
}

fn compare(
    book: &Book,
    file: &File,
    said: &str,
    same_version: bool,
    findings: &mut Vec<Finding>,
) {
    let whole = 0..file.text.find('\n').unwrap_or(file.text.len());
    let mut report = |message: String| {
        let report = format!("the compiler says:\n\n{said}");
        findings.push(
            file.finding("compile-fail", whole.clone(), message)
                .hint("`PROOF=overwrite cargo test` writes what it says")
                .report(report),
        );
    };
    if said.is_empty() {
        let message = "this compiles, and the page says that it does not";
        findings.push(file.finding("compile-fail", whole, message));
        return;
    }
    let path = file.path.with_extension("stderr");
    let Ok(written) = book.read(&path) else {
        return report(format!("there is no {} beside it", path.display()));
    };
    if codes(&written.text) != codes(said) {
        report("the compiler rejects it for another reason".to_owned());
    } else if same_version && *written.text != *said {
        report("the compiler says it in other words".to_owned());
    }
}

/// The first lines of the errors, up to their codes.
fn codes(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.starts_with("error"))
        .map(|line| line.split(':').next().unwrap_or(line))
        .collect()
}
