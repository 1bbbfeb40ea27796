//! Items of other crates that the pages name: rustdoc proves that they exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use cargo_metadata::Message;

/// Has rustdoc resolve each path as a link, with the crates that `package`
/// depends on, and returns what rustdoc says of those that it cannot resolve.
/// Nothing means that all of them exist.
///
/// `folder` is for the files that this takes, and `root` is the workspace's.
///
/// # Errors
///
/// When cargo or rustdoc cannot be run, or the package does not compile.
pub fn prove(
    root: &Path,
    package: &str,
    paths: &BTreeSet<String>,
    folder: &Path,
) -> Result<Option<String>> {
    let libraries = libraries(root, package)?;
    fs::create_dir_all(folder)?;
    let source = folder.join("items.rs");
    let links: String = paths
        .iter()
        .map(|path| format!("//! - [`{path}`]\n"))
        .collect();
    fs::write(
        &source,
        format!("//! Items that the pages name.\n//!\n{links}"),
    )?;

    let mut rustdoc = rustdoc(&source, folder);
    link(&mut rustdoc, paths, &libraries);
    let output = rustdoc.output().context("cannot run rustdoc")?;
    if output.status.success() {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&output.stderr).into_owned()))
}

fn rustdoc(source: &Path, folder: &Path) -> Command {
    let mut rustdoc = Command::new("rustdoc");
    rustdoc
        .args(["--crate-type=lib", "--edition=2024", "--crate-name=items"])
        .args(["--deny=rustdoc::broken_intra_doc_links", "--out-dir"])
        .arg(folder)
        .arg(source);
    rustdoc
}

/// Tells rustdoc where the libraries are that the paths begin with.
fn link(
    rustdoc: &mut Command,
    paths: &BTreeSet<String>,
    libraries: &BTreeMap<String, PathBuf>,
) {
    for path in paths {
        let name = path.split("::").next().unwrap_or_default();
        if let Some(library) = libraries.get(name) {
            let file = library.display();
            rustdoc.arg(format!("--extern={name}={file}"));
            if let Some(folder) = library.parent() {
                rustdoc.arg(format!("-Ldependency={}", folder.display()));
            }
        }
    }
}

/// The compiled libraries that the package depends on, and itself, by name.
pub fn libraries(
    root: &Path,
    package: &str,
) -> Result<BTreeMap<String, PathBuf>> {
    let output = Command::new("cargo")
        .args(["build", "--lib", "--message-format=json", "-p", package])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        bail!("`{package}` does not compile");
    }
    let mut libraries = BTreeMap::new();
    for message in Message::parse_stream(&*output.stdout) {
        let Message::CompilerArtifact(artifact) = message? else {
            continue;
        };
        let mut files = artifact.filenames.into_iter();
        if let Some(rlib) = files.find(|file| file.extension() == Some("rlib"))
        {
            libraries.insert(artifact.target.name, rlib.into());
        }
    }
    Ok(libraries)
}
