//! The project of Part I: the book's tests on a reader's own programs. Here
//! they are those of `code/mine`, which readers end up with.

use std::{fs, path::Path};

use anyhow::{Result, ensure};
use learn::project::{Programs, test};

use crate::ROOT;

/// What the page shows of a project that is done.
const SHOWN: &str = "tests/exercises/project.txt";

fn built(bin: &str) -> Result<std::path::PathBuf> {
    let build = escargot::CargoBuild::new().package("mine").bin(bin);
    Ok(build.run()?.path().to_owned())
}

#[test]
fn what_the_pages_build_passes_and_the_page_shows_it() -> Result<()> {
    let programs = Programs {
        server: built("mine")?,
        client: Some(built("netcat")?),
    };
    let verdict = test(Path::new(ROOT), &programs)?;
    ensure!(verdict.passed(), "\n{verdict}");
    let shown = Path::new(ROOT).join(SHOWN);
    let text = format!("{verdict}\n");
    if mdbook_proof::overwrites() {
        fs::write(&shown, &text)?;
    }
    ensure!(fs::read_to_string(shown)? == text, "the page shows another");
    Ok(())
}

#[test]
fn what_is_no_server_does_not_pass() -> Result<()> {
    let programs = Programs {
        server: built("netcat")?,
        client: None,
    };
    let verdict = test(Path::new(ROOT), &programs)?;
    let holds = verdict.tests.iter().filter(|test| test.passed).count();
    ensure!(holds == 0 && !verdict.passed(), "\n{verdict}");
    ensure!(
        verdict
            .said
            .contains("the server never said that it listens")
    );
    Ok(())
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let programs = Programs {
        server: "no/such/server".into(),
        client: None,
    };
    let error = test(Path::new(ROOT), &programs).unwrap_err();
    assert!(error.to_string().contains("no/such/server"), "{error}");
}
