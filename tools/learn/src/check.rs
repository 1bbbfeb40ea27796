//! Checking a learner's exercise: compile it, then run its tests. So "does not
//! compile", "fails" and "hangs" are three different verdicts.

use std::{fmt, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::{
    cargo::{Diagnostic, messages},
    exercise::{Exercise, read},
    process::{self, End, Stop},
    program::{self, LIMIT, Run, Verdict},
};

/// The learner's file, in its exercise's folder.
const SOURCE: &str = "src/lib.rs";

/// What has come of a check.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All tests have passed.
    Passed {
        /// How many there are.
        tests: usize,
        /// The learner's file, as it was compiled.
        answer: String,
    },
    /// Some tests have failed.
    Failed {
        /// How many.
        failed: usize,
        /// How many there are.
        tests: usize,
        /// The name of the first one, in the order of the file, and what it
        /// says.
        first: String,
        /// What the compiler has to say of the learner's file.
        warnings: String,
    },
    /// These tests had not ended when the time was over.
    Hung {
        /// Their names, in the order of the file.
        tests: Vec<String>,
        /// What they print when they are run once more, one after another.
        printed: String,
        /// What the compiler has to say of the learner's file.
        warnings: String,
    },
    /// The whole test program ended before its tests did.
    BrokeOff {
        /// How it ended, in the system's words.
        status: String,
        /// What it had printed.
        output: String,
    },
    /// The compiler rejects it, and says this.
    DoesNotCompile(String),
    /// cargo did not come as far as the compiler, and says this: a manifest is
    /// broken, say, and not always that of this exercise.
    NotBuilt(String),
}

impl Outcome {
    /// Whether the exercise is solved.
    pub fn passed(&self) -> bool {
        matches!(self, Outcome::Passed { .. })
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
    let answer = read(&exercise.source())?;
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
    let mut program = None;
    let mut diagnostics = Vec::new();
    for message in messages(&ended.stdout) {
        program = message.executable.or(program);
        diagnostics.extend(message.message);
    }
    let Some(program) = program.filter(|_| built) else {
        let said = errors(&diagnostics).unwrap_or_else(|| {
            Outcome::NotBuilt(
                String::from_utf8_lossy(&ended.stderr).into_owned(),
            )
        });
        return Ok(Some(said));
    };
    let Some(run) = program::run(&program, &exercise.folder, stop)? else {
        return Ok(None);
    };
    let order = read(&exercise.folder.join("tests/check.rs"))?;
    let warnings = warnings(&diagnostics);
    let mut outcome = judge(exercise, run, &order, warnings, answer);
    if let Outcome::Hung { tests, printed, .. } = &mut outcome {
        let folder = &exercise.folder;
        *printed = program::printed(&program, folder, tests, stop)?;
    }
    // A save in the middle: nobody knows which text was compiled.
    let is_same = match &outcome {
        Outcome::Passed { answer, .. } => read(&exercise.source())? == *answer,
        _ => true,
    };
    Ok(is_same.then_some(outcome))
}

/// What the compiler rejects. Errors in the tests alone mean that the learner
/// has changed what the tests call, and one of them is enough to see it.
fn errors(diagnostics: &[Diagnostic]) -> Option<Outcome> {
    let is_error = |one: &&Diagnostic| one.level == "error";
    let errors: Vec<&Diagnostic> =
        diagnostics.iter().filter(is_error).collect();
    let first = errors.first()?;
    if errors.iter().any(|error| error.is_about(SOURCE)) {
        return Some(Outcome::DoesNotCompile(rendered(errors)));
    }
    let first = rendered([*first]);
    Some(Outcome::DoesNotCompile(format!(
        "The tests do not find in {SOURCE} what they call. Its public items \
         must\nkeep their names and types.\n\n{first}"
    )))
}

/// What the compiler says of the learner's file. Documentation that is missing
/// is no reason for a failure.
fn warnings(diagnostics: &[Diagnostic]) -> String {
    let docs = |one: &Diagnostic| {
        one.code
            .as_ref()
            .is_some_and(|one| one.code == "missing_docs")
    };
    let about = |one: &&Diagnostic| one.is_about(SOURCE) && !docs(one);
    rendered(diagnostics.iter().filter(about))
}

fn rendered<'a>(
    diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        text += diagnostic.rendered.as_deref().unwrap_or_default();
    }
    text.trim_end().to_owned()
}

/// `order` is the text of the tests. They stand in it from simple to hard.
fn judge(
    exercise: &Exercise,
    run: Run,
    order: &str,
    warnings: String,
    answer: String,
) -> Outcome {
    if let Some(status) = run.broke_off {
        let output = run.output;
        return Outcome::BrokeOff { status, output };
    }
    let with = |verdict: Verdict| {
        let tests = run.tests.iter().filter(|(_, one)| **one == verdict);
        let mut tests: Vec<String> =
            tests.map(|(name, _)| name.clone()).collect();
        tests.sort_by_key(|name| order.find(&format!("fn {name}(")));
        tests
    };
    let (failed, hung) = (with(Verdict::Failed), with(Verdict::Hung));
    let tests = run.tests.len();
    if !hung.is_empty() {
        Outcome::Hung {
            tests: hung,
            printed: String::new(),
            warnings,
        }
    } else if let Some(first) = failed.first() {
        Outcome::Failed {
            failed: failed.len(),
            tests,
            first: first_failure(exercise, &run.output, first),
            warnings,
        }
    } else {
        Outcome::Passed { tests, answer }
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
            Outcome::Passed { tests, .. } => {
                write!(f, "passed: {tests} tests")
            }
            Outcome::Failed {
                failed,
                tests,
                first,
                warnings,
            } => {
                let of = format!("{failed} of {tests} tests");
                write!(f, "failed: {of}. The first:\n\n{first}")?;
                warn(f, warnings)
            }
            Outcome::Hung {
                tests,
                printed,
                warnings,
            } => {
                let seconds = LIMIT.as_secs();
                let names = tests.join("\n");
                write!(f, "hung: not done after {seconds} seconds\n\n{names}")?;
                if !printed.is_empty() {
                    write!(f, "\n\nRun once more, they print:\n\n{printed}")?;
                }
                warn(f, warnings)
            }
            Outcome::BrokeOff { status, output } => {
                let output = output.trim();
                write!(
                    f,
                    "broke off: your code ended the whole test program\n\n\
                     It ended with {status}, before the tests had ended. To \
                     end one\nclient's task, return from it. The program has \
                     printed:\n\n{output}"
                )
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

fn warn(f: &mut fmt::Formatter, warnings: &str) -> fmt::Result {
    match warnings {
        "" => Ok(()),
        _ => write!(f, "\n\nThe compiler says:\n\n{warnings}"),
    }
}
