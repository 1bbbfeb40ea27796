//! All policies, one after the other.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use echo::{chat::mailbox::Slow, limits::Count};
use tokio::time::timeout;

use crate::{
    course::{Course, name, watch},
    plot::plot,
    table::{curves, described, table},
};

/// As long as all of it may take.
const LIMIT: Duration = Duration::from_secs(60);

/// The most lines: each of them is kept in the memory for the deaf member.
const MOST_LINES: u32 = 1_000_000;

/// Measures what a member who never reads costs, by each policy
#[derive(Parser)]
pub struct Args {
    /// How many lines are said
    #[arg(long, default_value = "100000")]
    lines: Count<MOST_LINES>,
    /// Where the table is written [default: code/results/slow.md]
    #[arg(long)]
    table: Option<PathBuf>,
    /// Where the drawing is written [default: code/results/slow.svg]
    #[arg(long)]
    drawing: Option<PathBuf>,
}

/// Measures, and writes the table and the drawing.
///
/// # Errors
///
/// When it takes more than a minute, or a room loses a line.
pub async fn run(args: Args) -> Result<()> {
    let lines = args.lines.get() as usize;
    let watching = timeout(LIMIT, watch_all(lines)).await;
    let courses = watching.context("it takes more than a minute")??;
    let table = table(&courses, &echo::cli::machine()?);
    print!("{table}");
    let drawing = plot(&curves(&courses), &described(&courses));
    let results = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("results");
    for (file, name, text) in [
        (args.table, "slow.md", table),
        (args.drawing, "slow.svg", drawing),
    ] {
        let file = file.unwrap_or_else(|| results.join(name));
        fs::write(&file, text).with_context(|| file.display().to_string())?;
    }
    Ok(())
}

async fn watch_all(lines: usize) -> Result<Vec<Course>> {
    let mut courses = Vec::new();
    for slow in Slow::value_variants() {
        eprintln!("{}", name(*slow));
        let course = watch(*slow, lines).await;
        courses.push(course.with_context(|| name(*slow))?);
    }
    Ok(courses)
}
