//! Running a test program, and ending it when it takes too long.

use std::{
    collections::BTreeMap, io, path::Path, process::Command, time::Duration,
};

use crate::process::{self, End, Stop};

/// The longest time that a test program may take.
pub const LIMIT: Duration = Duration::from_secs(20);

/// How long tests that hang are run once more, to see what they print.
pub const AGAIN: Duration = Duration::from_secs(3);

/// How much of that is shown, in characters.
pub const PRINTED: usize = 4096;

/// What has come of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It has passed.
    Passed,
    /// It has failed, or the program ended before the test did.
    Failed,
    /// It had not ended, and perhaps not begun, when the program was ended.
    Hung,
}

/// What has come of a test program.
#[derive(Debug)]
pub struct Run {
    /// Its tests.
    pub tests: BTreeMap<String, Verdict>,
    /// All that it has printed.
    pub output: String,
    /// How it ended before its tests did, if that is what happened.
    pub broke_off: Option<String>,
}

impl Run {
    /// Whether all tests have passed, and there are any.
    pub fn passed(&self) -> bool {
        let passed = |verdict: &Verdict| *verdict == Verdict::Passed;
        !self.tests.is_empty() && self.tests.values().all(passed)
    }
}

/// Runs the test program in the folder, and ends it after [`LIMIT`]. Returns
/// `None` when it was stopped.
///
/// # Errors
///
/// When it cannot be started.
pub fn run(
    program: &Path,
    folder: &Path,
    stop: &Stop,
) -> io::Result<Option<Run>> {
    let mut list = command(program, folder);
    list.arg("--list");
    let list = process::run(list, Some(LIMIT), stop)?.stdout;
    let list = String::from_utf8_lossy(&list).into_owned();
    let names = list.lines().filter_map(|line| line.strip_suffix(": test"));
    let mut tests: BTreeMap<String, Verdict> = names
        .map(|name| (name.to_owned(), Verdict::Failed))
        .collect();

    let ended = process::run(command(program, folder), Some(LIMIT), stop)?;
    if ended.end == End::Stopped {
        return Ok(None);
    }
    if ended.end == End::TimeOver {
        tests.values_mut().for_each(|test| *test = Verdict::Hung);
    }
    let output = [ended.stdout, ended.stderr].concat();
    let output = String::from_utf8_lossy(&output).into_owned();
    for line in output.lines() {
        let line = line.strip_prefix("test ").unwrap_or_default();
        let Some((name, result)) = line.split_once(" ... ") else {
            continue;
        };
        let verdict = match result {
            "ok" => Verdict::Passed,
            _ => Verdict::Failed,
        };
        if let Some(test) = tests.get_mut(name) {
            *test = verdict;
        }
    }
    let broke_off = match ended.end {
        End::Exited(status)
            if tests.is_empty() || !output.contains("\ntest result: ") =>
        {
            Some(status.to_string())
        }
        _ => None,
    };
    Ok(Some(Run {
        tests,
        output,
        broke_off,
    }))
}

/// What these tests print when they are run one after another, up to the one
/// that hangs: at most [`PRINTED`] characters, in at most [`AGAIN`].
///
/// Tests that hang are ended with all that the harness has captured of them.
/// So they are run once more, without it.
///
/// # Errors
///
/// When the program cannot be started.
pub fn printed(
    program: &Path,
    folder: &Path,
    tests: &[String],
    stop: &Stop,
) -> io::Result<String> {
    let mut command = command(program, folder);
    command
        .args(["--exact", "--nocapture", "--test-threads=1"])
        .args(tests);
    let ended = process::run(command, Some(AGAIN), stop)?;
    let output = [ended.stdout, ended.stderr].concat();
    let output = String::from_utf8_lossy(&output);
    let own = |line: &&str| {
        !line.is_empty()
            && !["running ", "thread '", "note: "]
                .iter()
                .any(|start| line.starts_with(start))
            && !line.ends_with(" ... ok")
            && !line.ends_with(" ... ")
    };
    let lines: Vec<&str> = output.lines().filter(own).collect();
    let text = lines.join("\n");
    if text.len() <= PRINTED {
        return Ok(text);
    }
    let start: String = text.chars().take(PRINTED).collect();
    Ok(start + "\n(and more)")
}

fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("RUST_BACKTRACE", "0");
    command
}
