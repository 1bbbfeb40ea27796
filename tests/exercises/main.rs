//! What must hold of the exercises: each can be solved, what a learner finds
//! is no solution, and the wrong answers are rejected by the tests that they
//! name.

use std::{env, path::Path, process::Command};

use anyhow::{Result, ensure};
use learn::verify::{is_untouched, verify};

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

/// The page has every exercise, under its number and title.
#[test]
fn the_page_has_all_exercises() -> Result<()> {
    let page = include_str!("../../book/exercises.md");
    let exercises = learn::exercise::exercises(Path::new(ROOT))?;
    for (index, exercise) in exercises.iter().enumerate() {
        let heading = format!("\n### {}. {}\n", index + 1, exercise.title);
        ensure!(page.contains(&heading), "no heading {heading:?}");
    }
    let headings = page.matches("\n### ").count();
    ensure!(headings == exercises.len(), "{headings} headings");
    Ok(())
}
