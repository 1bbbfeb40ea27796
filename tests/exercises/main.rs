//! What must hold of the exercises: each can be solved, what a learner finds
//! is no solution, and the wrong answers are rejected by the tests that they
//! name.

use std::{env, fs, path::Path, process::Command};

use anyhow::{Context, Result, ensure};
use learn::verify::{is_untouched, verify};

/// The book's tests on a reader's own programs.
mod project;

/// The folder with the workspace.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// How often each solution must pass.
const REPEAT: usize = 20;

#[test]
fn every_exercise_is_proved() -> Result<()> {
    let faults = verify(Path::new(ROOT), REPEAT)?;
    ensure!(faults.is_empty(), "\n{}", faults.join("\n"));
    Ok(())
}

/// A reader who has solved some must still see green tests, so this is held
/// only where nobody learns.
#[test]
fn learners_find_the_start() -> Result<()> {
    if env::var_os("CI").is_some() {
        let touched = is_untouched(Path::new(ROOT))?;
        ensure!(touched.is_empty(), "touched: {}", touched.join(", "));
    }
    Ok(())
}

/// cargo does not know the variants, so it does not format them.
#[test]
fn variants_are_formatted() -> Result<()> {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt
        .args(["--check", "--edition=2024"])
        .current_dir(ROOT);
    for exercise in learn::exercise::exercises(Path::new(ROOT))? {
        for variant in exercise.variants()? {
            let file = format!("variants/{}.rs", variant.name);
            rustfmt.arg(exercise.folder.join(file));
        }
    }
    let output = rustfmt.output()?;
    let diff = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "\n{diff}");
    Ok(())
}

/// Each exercise has a page under its number and title, in one of the two
/// lists or below the chapter that it needs, and behind that.
#[test]
fn every_exercise_has_a_page_behind_its_chapter() -> Result<()> {
    let book = Path::new(ROOT).join("book");
    let summary = fs::read_to_string(book.join("SUMMARY.md"))?;
    let place = |page: &str| summary.find(&format!("]({page})"));
    for exercise in learn::exercise::exercises(Path::new(ROOT))? {
        let name = exercise.name.trim_start_matches("ex");
        let manifest = fs::read_to_string(exercise.folder.join("Cargo.toml"))?;
        let (_, rest) = manifest
            .split_once("chapter = \"")
            .context("no chapter in the manifest")?;
        let chapter = rest.split('"').next().unwrap_or_default();
        let lists = ["exercises", "more-exercises", chapter];
        let pages = lists.map(|list| format!("{list}/{name}.md"));
        let page = pages.iter().find(|page| place(page).is_some());
        let page = page.with_context(|| format!("{name} has no page"))?;
        let text = fs::read_to_string(book.join(page))?;
        let (number, _) = name.split_once('-').unwrap_or_default();
        let number: u32 = number.parse()?;
        let heading = format!("# {number}. {}\n", exercise.title);
        ensure!(text.starts_with(&heading), "{page} is not {heading:?}");

        let link = format!("](../{chapter}.md)");
        ensure!(text.contains(&link), "{page} does not name {chapter}");
        let before = place(&format!("{chapter}.md"));
        ensure!(before.is_some(), "there is no chapter {chapter}");
        ensure!(before < place(page), "{page} stands before {chapter}");
    }
    Ok(())
}

/// The figures that a task shows are those of what learners find. Who has
/// mended that gets others, so this is held only where nobody learns.
#[test]
fn a_task_shows_the_figures_of_its_start() -> Result<()> {
    if env::var_os("CI").is_none() {
        return Ok(());
    }
    let build = escargot::CargoBuild::new()
        .package("ex23-bottleneck")
        .example("bottleneck");
    let output = build.run()?.command().output()?;
    let figures = String::from_utf8(output.stdout)?;
    let task = Path::new(ROOT).join("code/exercises/ex23-bottleneck/README.md");
    let shown = format!("```text\n{figures}```\n");
    let task = fs::read_to_string(task)?;
    ensure!(task.contains(&shown), "the task does not show:\n{figures}");
    Ok(())
}
