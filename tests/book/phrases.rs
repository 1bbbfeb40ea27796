//! The phrase book: each listing is from a program that fails if it is wrong.

use std::{
    collections::BTreeSet, fs, path::Path, process::Stdio, time::Duration,
};

use anyhow::{Context, Result, ensure};
use tokio::{process::Command, time::timeout};

use crate::ROOT;

const PAGE: &str = "book/from-elixir/phrases.md";

/// No program takes this long: what waits in them, waits on a paused clock.
const PATIENCE: Duration = Duration::from_secs(30);

/// The programs of which the page shows a piece.
fn programs() -> Result<BTreeSet<String>> {
    let page = fs::read_to_string(Path::new(ROOT).join(PAGE))?;
    let (start, end) = ("{{#include ../../code/examples/", ".rs:");
    let names = page.lines().filter_map(|line| {
        let (name, _) = line.strip_prefix(start)?.split_once(end)?;
        Some(name.to_owned())
    });
    Ok(names.collect())
}

#[tokio::test]
async fn every_phrase_holds() -> Result<()> {
    let programs = programs()?;
    ensure!(!programs.is_empty(), "{PAGE} shows no phrases");
    for name in programs {
        let built = escargot::CargoBuild::new()
            .package("echo")
            .example(&name)
            .run()
            .with_context(|| format!("{name} does not compile"))?;
        let mut program = Command::new(built.path());
        let running = program.stdin(Stdio::null()).kill_on_drop(true).output();
        let output = timeout(PATIENCE, running)
            .await
            .with_context(|| format!("{name} does not end"))??;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{name}: {}\n{said}", output.status);
        ensure!(output.stdout.is_empty() && said.is_empty(), "{name} speaks");
    }
    Ok(())
}
