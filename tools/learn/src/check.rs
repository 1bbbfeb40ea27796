//! Checking a learner's exercise: compile it, then run its tests. So "does not
//! compile", "fails" and "hangs" are three different verdicts.

use std::{fmt, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::{
    cargo::messages,
    exercise::Exercise,
    process::{self, End, Stop},
    program::{self, LIMIT, Verdict},
};

/// What has come of a check.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All tests have passed.
    Passed(usize),
    /// Some have failed: so many of so many, and what the first one says.
    Failed(usize, usize, String),
    /// These tests had not ended when the time was over.
    Hung(Vec<String>),
    /// The compiler rejects it, and says this.
    DoesNotCompile(String),
    /// cargo did not come as far as the compiler, and says this: a manifest is
    /// broken, say, and not always that of this exercise.
    NotBuilt(String),
}

impl Outcome {
    /// Whether the exercise is solved.
    pub fn passed(&self) -> bool {
        matches!(self, Outcome::Passed(_))
    }
}

/// Checks an exercise of the workspace in the folder `root`. Returns `None`
/// when it was stopped.
///
/// # Errors
///
/// When cargo or the tests cannot be run.
pub fn check(
    root: &Path,
    exercise: &Exercise,
    stop: &Stop,
) -> Result<Option<Outcome>> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["test", "--quiet", "--no-run", "--test", "check"])
        .args(["--message-format=json", "--package", &exercise.name])
        .current_dir(root);
    let ended = process::run(cargo, None, stop).context("cannot run cargo")?;
    let built = match ended.end {
        End::Exited(status) => status.success(),
        End::TimeOver | End::Stopped => return Ok(None),
    };
    let mut errors = String::new();
    let mut program = None;
    for message in messages(&ended.stdout) {
        program = message.executable.or(program);
        let Some(diagnostic) = message.message else {
            continue;
        };
        if diagnostic.level == "error" {
            errors += &diagnostic.rendered.unwrap_or_default();
        }
    }
    let Some(program) = program.filter(|_| built) else {
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        return Ok(Some(match errors.is_empty() {
            true => Outcome::NotBuilt(said),
            false => Outcome::DoesNotCompile(errors),
        }));
    };
    let run = program::run(&program, &exercise.folder, stop)?;
    Ok(run.map(|run| judge(exercise, &run)))
}

fn judge(exercise: &Exercise, run: &program::Run) -> Outcome {
    let with = |verdict: Verdict| {
        let tests = run.tests.iter().filter(move |(_, one)| **one == verdict);
        tests.map(|(name, _)| name.clone()).collect::<Vec<String>>()
    };
    let (failed, hung) = (with(Verdict::Failed), with(Verdict::Hung));
    if !hung.is_empty() {
        Outcome::Hung(hung)
    } else if let Some(first) = failed.first() {
        let text = first_failure(exercise, &run.output, first);
        Outcome::Failed(failed.len(), run.tests.len(), text)
    } else {
        Outcome::Passed(run.tests.len())
    }
}

/// What a failed test says, without what the test harness adds.
fn first_failure(exercise: &Exercise, output: &str, test: &str) -> String {
    let head = format!("---- {test} stdout ----");
    let body = output.split(&*head).nth(1).unwrap_or(output);
    let body = body.split("\n---- ").next().unwrap_or(body);
    let body = body.split("\n\nfailures:").next().unwrap_or(body);
    let source = format!("{}/src/lib.rs:", exercise.name);
    let lines = body.trim().lines().filter_map(|line| {
        let panic = line.starts_with("thread '");
        match line.split_once(&*source) {
            // Whoever learns wants to know where their own code has failed.
            Some((_, place)) if panic => {
                let place = place.trim_end_matches(':');
                Some(format!("your code panicked at src/lib.rs:{place}:"))
            }
            _ if panic || line.starts_with("note: ") => None,
            _ => Some(line.to_owned()),
        }
    });
    let lines: Vec<String> = lines.collect();
    format!("{test}\n{}", lines.join("\n").trim_end())
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Outcome::Passed(count) => write!(f, "passed: {count} tests"),
            Outcome::Failed(failed, all, first) => {
                write!(
                    f,
                    "failed: {failed} of {all} tests. The first:\n\n{first}"
                )
            }
            Outcome::Hung(tests) => {
                let seconds = LIMIT.as_secs();
                let names = tests.join(", ");
                write!(f, "hung: not done after {seconds} seconds: {names}")
            }
            Outcome::DoesNotCompile(said) => {
                write!(f, "does not compile:\n\n{}", said.trim_end())
            }
            Outcome::NotBuilt(said) => {
                write!(f, "cannot be built:\n\n{}", said.trim_end())
            }
        }
    }
}
