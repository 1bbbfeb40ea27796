//! Proving the exercises: every variant of every exercise is compiled as if it
//! were the learner's file, and its tests are run.
//!
//! This happens in a workspace of its own below `target`, so that the
//! learner's files are never touched.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    thread,
};

use anyhow::{Context, Result, ensure};

use crate::{
    cargo::messages,
    exercise::{Exercise, Kind, Variant, exercises, read},
    program::{Run, Verdict, run},
};

/// The least number of wrong answers that an exercise must reject.
pub const WRONG_ANSWERS: usize = 4;

/// How many test programs run at the same time. They mostly wait.
const AT_ONCE: usize = 6;

/// A variant of an exercise, as a package of its own.
#[derive(Debug)]
struct Package {
    exercise: Exercise,
    variant: Variant,
    name: String,
}

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
    let shadow = root.join("target/learn/verify");
    let mut faults = Vec::new();
    let mut packages = Vec::new();
    for exercise in exercises {
        form(&exercise, &mut faults)?;
        for variant in exercise.variants()? {
            let name = format!("{}--{}", exercise.name, variant.name);
            let exercise = exercise.clone();
            packages.push(Package {
                exercise,
                variant,
                name,
            });
        }
    }
    write(root, &shadow, &packages)?;
    let built = build(root, &shadow, &packages, &mut faults)?;

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

/// Writes the shadow workspace: a package for each variant.
fn write(root: &Path, shadow: &Path, packages: &[Package]) -> Result<()> {
    let own: toml::Table = read(&root.join("Cargo.toml"))?.parse()?;
    let mut workspace = own["workspace"].clone();
    let table = workspace.as_table_mut().context("[workspace]")?;
    table.remove("default-members");
    table.insert("members".into(), toml::Value::Array(vec!["p/*".into()]));
    let dependencies = table["dependencies"].as_table_mut();
    for (_, dependency) in dependencies.into_iter().flatten() {
        let path = dependency.get("path").and_then(|path| path.as_str());
        if let Some(path) = path.map(|path| root.join(path)) {
            dependency["path"] = path.to_string_lossy().into_owned().into();
        }
    }
    let mut manifest = toml::Table::new();
    manifest.insert("workspace".into(), workspace);
    if let Some(profile) = own.get("profile") {
        manifest.insert("profile".into(), profile.clone());
    }
    // Packages of an earlier time must not be members any more.
    let _ = fs::remove_dir_all(shadow.join("p"));
    write_file(&shadow.join("Cargo.toml"), &manifest.to_string())?;
    write_file(&shadow.join("Cargo.lock"), &read(&root.join("Cargo.lock"))?)?;
    for package in packages {
        let folder = shadow.join("p").join(&package.name);
        let tests = package.exercise.folder.join("tests/check.rs");
        let mut manifest: toml::Table =
            read(&package.exercise.folder.join("Cargo.toml"))?.parse()?;
        manifest.remove("example");
        manifest["package"]["name"] = package.name.clone().into();
        let library = toml::toml! {
            name = (package.exercise.crate_name())
            test = false
            doctest = false
        };
        manifest.insert("lib".into(), library.into());
        let test = toml::toml! {
            name = "check"
            path = (tests.to_string_lossy().into_owned())
        };
        let tests = toml::Value::Array(vec![test.into()]);
        manifest.insert("test".into(), tests);
        write_file(&folder.join("Cargo.toml"), &manifest.to_string())?;
        write_file(&folder.join("src/lib.rs"), &package.variant.text)?;
    }
    Ok(())
}

/// Writes a file, unless it says that already: cargo looks at the time.
fn write_file(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let folder = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder)?;
    fs::write(path, text)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Compiles everything, and returns the test programs by package.
fn build(
    root: &Path,
    shadow: &Path,
    packages: &[Package],
    faults: &mut Vec<String>,
) -> Result<BTreeMap<String, PathBuf>> {
    let output = Command::new("cargo")
        .args([
            "build",
            "--tests",
            "--workspace",
            "--keep-going",
            "--offline",
        ])
        .args(["--message-format=json", "--quiet", "--target-dir"])
        .arg(root.join("target"))
        .current_dir(shadow)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    let mut programs = BTreeMap::new();
    for message in messages(&output.stdout) {
        let id = message.package_id;
        let Some(package) = packages
            .iter()
            .find(|one| id.contains(&format!("/{}#", one.name)))
        else {
            continue;
        };
        if let Some(program) = message.executable {
            programs.insert(package.name.clone(), program);
        }
        let Some(diagnostic) = message.message else {
            continue;
        };
        let wrong = matches!(package.variant.kind, Kind::Wrong(_));
        if diagnostic.level == "error" || !wrong {
            let text = diagnostic.rendered.unwrap_or_default();
            faults.push(format!("{}: {text}", package.name));
        }
    }
    Ok(programs)
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
    let times = match package.variant.kind {
        Kind::Solution => repeat.max(1),
        _ => 1,
    };
    for _ in 0..times {
        let run = match run(program, &package.exercise.folder) {
            Ok(run) => run,
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
