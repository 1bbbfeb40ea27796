//! Checking a learner's exercise: compile it, then run its tests. So "does not
//! compile", "fails" and "hangs" are three different verdicts.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result};

use crate::{
    cargo::messages,
    exercise::Exercise,
    program::{LIMIT, Verdict, run},
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
}

impl Outcome {
    /// Whether the exercise is solved.
    pub fn passed(&self) -> bool {
        matches!(self, Outcome::Passed(_))
    }
}

/// Checks an exercise of the workspace in the folder `root`.
///
/// # Errors
///
/// When cargo or the tests cannot be run.
pub fn check(root: &Path, exercise: &Exercise) -> Result<Outcome> {
    let output = Command::new("cargo")
        .args(["test", "--quiet", "--no-run", "--test", "check"])
        .args(["--message-format=json", "--package", &exercise.name])
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .context("cannot run cargo")?;
    let mut said = String::new();
    let mut program = None;
    for message in messages(&output.stdout) {
        program = message.executable.or(program);
        let rendered = message.message.and_then(|message| message.rendered);
        said += &rendered.unwrap_or_default();
    }
    let Some(program) = program.filter(|_| output.status.success()) else {
        // A manifest that is broken is told by cargo, and not by the compiler.
        if said.is_empty() {
            said = String::from_utf8_lossy(&output.stderr).into_owned();
        }
        return Ok(Outcome::DoesNotCompile(said));
    };

    let run = run(&program, &exercise.folder)?;
    let with = |verdict: Verdict| {
        let tests = run.tests.iter().filter(move |(_, one)| **one == verdict);
        tests.map(|(name, _)| name.clone()).collect::<Vec<String>>()
    };
    let (failed, hung) = (with(Verdict::Failed), with(Verdict::Hung));
    Ok(if !hung.is_empty() {
        Outcome::Hung(hung)
    } else if let Some(first) = failed.first() {
        let text = first_failure(&run.output, first);
        Outcome::Failed(failed.len(), run.tests.len(), text)
    } else {
        Outcome::Passed(run.tests.len())
    })
}

/// What a failed test says, without what the test harness adds.
fn first_failure(output: &str, test: &str) -> String {
    let head = format!("---- {test} stdout ----");
    let body = output.split(&*head).nth(1).unwrap_or(output);
    let body = body.split("\n---- ").next().unwrap_or(body);
    let body = body.split("\n\nfailures:").next().unwrap_or(body);
    let lines = body.trim().lines().filter(|line| {
        !line.starts_with("note: ") && !line.starts_with("thread '")
    });
    let lines: Vec<&str> = lines.collect();
    format!("{test}\n{}", lines.join("\n"))
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
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
        }
    }
}
