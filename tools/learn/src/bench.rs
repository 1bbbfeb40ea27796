//! How long a learner waits from saving an exercise to the verdict.
//!
//! It is measured on a copy of an exercise, with the learner's own machinery:
//! a file is written, the watcher notices, cargo compiles, the tests run.

use std::{
    fmt, fs,
    path::Path,
    sync::mpsc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use crate::{
    check::check,
    exercise::{Exercise, Kind},
    process::Stop,
    shadow::{Package, Shadow},
    watch::watch,
};

/// The longest time that a save may go unnoticed.
const NOTICED: Duration = Duration::from_secs(5);

/// The times from saving to the verdict, in the order of their length.
#[derive(Debug)]
pub struct Times {
    name: String,
    failed: Vec<Duration>,
    passed: Vec<Duration>,
}

/// Saves an exercise's start and its solution in turn, each so many times.
///
/// # Errors
///
/// When a file cannot be written, a save goes unnoticed, or a verdict is
/// wrong.
pub fn bench(root: &Path, exercise: &Exercise, times: usize) -> Result<Times> {
    ensure!(times > 0, "nothing to measure");
    let variants = exercise.variants()?;
    let of = |kind: Kind| {
        let found = variants.iter().find(|one| one.kind == kind);
        found
            .cloned()
            .with_context(|| format!("there is no {kind:?}"))
    };
    let (starter, solution) = (of(Kind::Starter)?, of(Kind::Solution)?);
    let mut package = Package::new(exercise, starter.clone());
    package.name = format!("{}--bench", exercise.name);
    let packages = [package];
    let shadow = Shadow::write(root, "bench", &packages)?;
    let copy = shadow.exercise(&packages[0]);
    let (sender, saved) = mpsc::channel();
    let _watch = watch(&copy.source(), false, move || {
        let _ = sender.send(());
    })?;

    let mut bench = Times {
        name: exercise.name.clone(),
        failed: Vec::new(),
        passed: Vec::new(),
    };
    // The first round only warms up.
    check(&shadow.folder, &copy, &Stop::default())?;
    for round in 0..=times {
        for variant in [&solution, &starter] {
            let start = Instant::now();
            fs::write(copy.source(), &variant.text)?;
            saved
                .recv_timeout(NOTICED)
                .context("a save went unnoticed")?;
            let outcome = check(&shadow.folder, &copy, &Stop::default())?;
            let time = start.elapsed();
            let passed = outcome.context("nobody stops it")?.passed();
            ensure!(
                passed == (variant.kind == Kind::Solution),
                "wrong verdict"
            );
            if round > 0 {
                bench.of(passed).push(time);
            }
        }
    }
    bench.failed.sort();
    bench.passed.sort();
    Ok(bench)
}

impl Times {
    fn of(&mut self, passed: bool) -> &mut Vec<Duration> {
        match passed {
            true => &mut self.passed,
            false => &mut self.failed,
        }
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let count = self.failed.len();
        writeln!(
            f,
            "{}: from saving to the verdict, {count} times",
            self.name
        )?;
        for (what, times) in [("fails", &self.failed), ("passes", &self.passed)]
        {
            let (first, median) = (times[0], times[times.len() / 2]);
            let last = times[times.len() - 1];
            writeln!(
                f,
                "  {what:<6}  median {:.2} s, from {:.2} s to {:.2} s",
                median.as_secs_f64(),
                first.as_secs_f64(),
                last.as_secs_f64()
            )?;
        }
        Ok(())
    }
}
