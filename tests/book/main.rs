//! What must hold of the pages: the proof-reader finds nothing, and what the
//! sessions show happens.

use std::{
    collections::BTreeSet,
    env,
    io::{Write, stderr},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Result, ensure};
use mdbook_proof::{
    Book, Report, check, compile, is_read, items, overwrites,
    reading::take_marks, render, site,
};

/// The folder with `book.toml`.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn report() -> Result<(Book, Report)> {
    let book = Book::load(ROOT)?;
    let report = check(&book)?;
    Ok((book, report))
}

/// Includes, anchors, fences, names, numbers, the form of the sessions, and
/// whether somebody has read the words against what is shown.
#[test]
fn the_pages_are_right() -> Result<()> {
    if is_read() {
        let book = Book::load(ROOT)?;
        take_marks(&book, &[], &mut stderr(), &mut || Ok(true))?;
    }
    let (_, report) = report()?;
    ensure!(
        report.findings.is_empty(),
        "\n{}",
        render(&report.findings, false)
    );
    Ok(())
}

/// What the pages name of tokio and the standard library.
#[test]
fn items_of_other_crates_exist() -> Result<()> {
    let (_, report) = report()?;
    ensure!(!report.foreign.is_empty(), "the pages name no such items");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("items");
    let root = Path::new(ROOT);
    let unknown = items::prove(root, "echo", &report.foreign, &folder)?;
    ensure!(unknown.is_none(), "\n{}", unknown.unwrap_or_default());
    Ok(())
}

/// The tests that the pages name as their proofs are among those that cargo
/// runs.
#[test]
fn every_proof_is_run() -> Result<()> {
    let (_, report) = report()?;
    ensure!(!report.proofs.is_empty(), "the pages name no proofs");
    let output = Command::new("cargo")
        .args(["test", "--lib", "--bins", "--tests", "--", "--list"])
        .current_dir(ROOT)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the tests do not compile");
    let listed = String::from_utf8(output.stdout)?;
    let run: BTreeSet<&str> = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test")?.rsplit("::").next())
        .collect();
    let proofs = report.proofs.iter().map(String::as_str);
    let missing: Vec<&str> = proofs.filter(|one| !run.contains(one)).collect();
    ensure!(missing.is_empty(), "cargo does not run {missing:?}");
    Ok(())
}

/// Listings that must not compile, and what the compiler says of them.
#[test]
fn what_must_not_compile_does_not() -> Result<()> {
    let book = Book::load(ROOT)?;
    let compiled = compile::check(&book, overwrites())?;
    ensure!(compiled.files > 0, "there is no such listing");
    if let Some(version) = compiled.other_version {
        // The words may be others; the codes have been compared.
        ensure!(
            env::var_os("CI").is_none(),
            "the pages quote another compiler"
        );
        writeln!(stderr(), "rustc {version}: its words are not compared")?;
    }
    let findings = compiled.findings;
    ensure!(findings.is_empty(), "\n{}", render(&findings, false));
    Ok(())
}

/// The HTML that readers get.
#[test]
fn the_site_is_whole() -> Result<()> {
    let faults = site::check(Path::new(ROOT))?;
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    ensure!(lines.is_empty(), "\n{}", lines.join("\n"));
    Ok(())
}

/// What readers have written, and the commands of the pages.
#[cfg(unix)]
mod answers;

/// The package that readers write.
mod steps;

/// The phrase book.
mod phrases;

/// How long the chapters take.
mod times;

/// The terminals of the pages.
#[cfg(unix)]
mod sessions;
