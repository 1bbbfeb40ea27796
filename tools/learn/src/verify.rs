//! Proving the exercises: every variant of every exercise is compiled as if it
//! were the learner's file, and its tests are run.
//!
//! This happens in a workspace of its own below `target`, so that the
//! learner's files are never touched.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    thread,
};

use anyhow::{Context, Result, ensure};

use crate::{
    cargo::{Diagnostic, Message, messages},
    exercise::{Exercise, Kind, Variant, exercises, read},
    process::Stop,
    program::{Run, Verdict, run},
    shadow::{Package, Shadow},
};

/// The least number of wrong answers that an exercise must reject.
pub const WRONG_ANSWERS: usize = 4;

/// How many test programs run at the same time. They mostly wait.
const AT_ONCE: usize = 6;

/// Proves all exercises of the workspace in the folder `root`, running each
/// solution `repeat` times. Returns what is wrong; nothing means that all is
/// well.
///
/// # Errors
///
/// When the files cannot be read or written, or cargo cannot be run.
pub fn verify(root: &Path, repeat: usize) -> Result<Vec<String>> {
    let exercises = exercises(root)?;
    ensure!(!exercises.is_empty(), "there are no exercises");
    let mut faults = Vec::new();
    let mut packages = Vec::new();
    for exercise in exercises {
        form(&exercise, &mut faults)?;
        for variant in exercise.variants()? {
            packages.push(Package::new(&exercise, variant));
        }
    }
    let shadow = Shadow::write(root, "verify", &packages)?;
    let built = build(&shadow, &packages, &mut faults)?;
    clippy(&shadow, &packages, &mut faults)?;

    let queue = Mutex::new(packages.iter());
    let found = Mutex::new(faults);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(package) = next(&queue) {
                    let faults = judge(package, &built, repeat);
                    found.lock().expect("nobody panics").extend(faults);
                }
            });
        }
    });
    let mut faults = found.into_inner().expect("nobody panics");
    faults.sort();
    // The compiler says the same to cargo build and to clippy.
    faults.dedup();
    Ok(faults)
}

fn next<'a>(
    queue: &Mutex<std::slice::Iter<'a, Package>>,
) -> Option<&'a Package> {
    queue.lock().expect("nobody panics").next()
}

/// What every exercise must have.
fn form(exercise: &Exercise, faults: &mut Vec<String>) -> Result<()> {
    let mut fault =
        |what: &str| faults.push(format!("{}: {what}", exercise.name));
    let variants = exercise.variants()?;
    let has = |kind: &Kind| variants.iter().any(|one| one.kind == *kind);
    if !has(&Kind::Starter) || !has(&Kind::Solution) {
        fault("it has no starter or no solution");
    }
    let wrong = |one: &&Variant| matches!(one.kind, Kind::Wrong(_));
    if variants.iter().filter(wrong).count() < WRONG_ANSWERS {
        fault("it has too few wrong answers");
    }
    if exercise.hints()?.len() != 3 {
        fault("it does not have three hints");
    }
    let task = read(&exercise.folder.join("README.md"))?;
    if !task.starts_with(&format!("# {}\n", exercise.title)) {
        fault("its task does not begin with its title");
    }
    Ok(())
}

/// Whether what learners find is the start, in each exercise.
///
/// # Errors
///
/// When a file cannot be read.
pub fn is_untouched(root: &Path) -> Result<Vec<String>> {
    let mut touched = Vec::new();
    for exercise in exercises(root)? {
        let starter = read(&exercise.folder.join("variants/starter.rs"))?;
        if read(&exercise.source())? != starter {
            touched.push(exercise.name);
        }
    }
    Ok(touched)
}

/// Compiles everything, and returns the test programs by package.
fn build(
    shadow: &Shadow,
    packages: &[Package],
    faults: &mut Vec<String>,
) -> Result<BTreeMap<String, PathBuf>> {
    let mut programs = BTreeMap::new();
    for message in cargo("build", shadow)? {
        let Some(package) = package_of(&message, packages) else {
            continue;
        };
        if let Some(program) = message.executable {
            programs.insert(package.name.clone(), program);
        }
        faults.extend(fault(package, message.message));
    }
    Ok(programs)
}

/// What clippy has to say, of the wrong answers too: they are answers that a
/// learner might give, and not careless code.
fn clippy(
    shadow: &Shadow,
    packages: &[Package],
    faults: &mut Vec<String>,
) -> Result<()> {
    for message in cargo("clippy", shadow)? {
        if let Some(package) = package_of(&message, packages) {
            faults.extend(fault(package, message.message));
        }
    }
    Ok(())
}

/// What cargo says when it does this to all packages.
fn cargo(what: &str, shadow: &Shadow) -> Result<Vec<Message>> {
    let output = Command::new("cargo")
        .args([what, "--tests", "--workspace", "--keep-going"])
        .args(["--offline", "--quiet", "--message-format=json"])
        .current_dir(&shadow.folder)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    Ok(messages(&output.stdout).collect())
}

fn package_of<'a>(
    message: &Message,
    packages: &'a [Package],
) -> Option<&'a Package> {
    let mut packages = packages.iter();
    packages.find(|one| message.package_id.contains(&format!("/{}#", one.name)))
}

fn fault(package: &Package, diagnostic: Option<Diagnostic>) -> Option<String> {
    let text = diagnostic?.rendered?;
    Some(format!("{}: {text}", package.name))
}

/// Runs a variant's tests, and says where they do not do what is expected.
fn judge(
    package: &Package,
    programs: &BTreeMap<String, PathBuf>,
    repeat: usize,
) -> Vec<String> {
    let fault = |what: String| vec![format!("{}: {what}", package.name)];
    let Some(program) = programs.get(&package.name) else {
        return fault("it does not compile".to_owned());
    };
    let stop = Stop::default();
    let times = match package.variant.kind {
        Kind::Solution => repeat.max(1),
        _ => 1,
    };
    for _ in 0..times {
        let run = match run(program, &package.exercise.folder, &stop) {
            Ok(run) => run.expect("nobody stops it"),
            Err(error) => return fault(format!("cannot be run: {error}")),
        };
        if let Some(what) = wrong(&package.variant.kind, &run) {
            return fault(format!("{what}\n{}", run.output));
        }
    }
    Vec::new()
}

fn wrong(kind: &Kind, run: &Run) -> Option<String> {
    match kind {
        Kind::Solution if !run.passed() => Some("it does not pass".to_owned()),
        Kind::Starter if run.passed() => Some("it passes untouched".to_owned()),
        Kind::Wrong(test) => match run.tests.get(test) {
            None => Some(format!("there is no test `{test}`")),
            Some(Verdict::Passed) => {
                Some(format!("`{test}` does not reject it"))
            }
            Some(Verdict::Failed | Verdict::Hung) => None,
        },
        _ => None,
    }
}
