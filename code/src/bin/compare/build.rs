//! Builds what is measured.

use std::{
    collections::BTreeSet,
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tokio::{process::Command, time::timeout};

use crate::{
    program::{Program, compiled, source},
    subjects::Subject,
};

/// All crates of the book take less than this to build.
const LIMIT: Duration = Duration::from_secs(480);

/// Builds the book's programs, and `load`, by cargo.
///
/// # Errors
///
/// When one of them does not compile.
pub async fn cargo(subjects: &[Subject]) -> Result<()> {
    // Examples need more than programs do. Built together, all are built anew.
    let profile = if cfg!(debug_assertions) {
        "dev"
    } else {
        "release"
    };
    build(profile, programs(subjects)).await?;
    build(profile, examples(subjects)).await?;
    build("fast", fast(subjects)).await
}

async fn build(profile: &str, targets: Vec<&'static str>) -> Result<()> {
    if targets.is_empty() {
        return Ok(());
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let here = env::current_exe()?;
    let target = here.parent().and_then(Path::parent);
    let target = target.context("this program is in no folder of cargo's")?;
    let mut command = Command::new(cargo);
    command
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .args(["build", "--profile", profile])
        .args(targets)
        .arg("--target-dir")
        .arg(target);
    succeed(command).await
}

/// The programs that cargo is to build. `compare` itself is one: it starts
/// itself again.
fn programs(subjects: &[Subject]) -> Vec<&'static str> {
    let name = |subject: &Subject| match subject.program {
        Program::Bin(name) => Some(name),
        Program::Fast(name) if cfg!(debug_assertions) => Some(name),
        _ => None,
    };
    let others = subjects.iter().filter_map(name);
    once_each("--bin", ["compare", "load"].into_iter().chain(others))
}

fn fast(subjects: &[Subject]) -> Vec<&'static str> {
    let name = |subject: &Subject| match subject.program {
        Program::Fast(name) if !cfg!(debug_assertions) => Some(name),
        _ => None,
    };
    once_each("--bin", subjects.iter().filter_map(name))
}

fn examples(subjects: &[Subject]) -> Vec<&'static str> {
    let name = |subject: &Subject| match subject.program {
        Program::Example(name) => Some(name),
        _ => None,
    };
    once_each("--example", subjects.iter().filter_map(name))
}

fn once_each(
    option: &'static str,
    names: impl Iterator<Item = &'static str>,
) -> Vec<&'static str> {
    let names: BTreeSet<_> = names.collect();
    names.into_iter().flat_map(|name| [option, name]).collect()
}

/// Compiles the servers in other languages, into a folder.
///
/// # Errors
///
/// When one of them does not compile.
pub async fn peers(subjects: &[Subject], folder: &Path) -> Result<()> {
    for subject in subjects {
        if let Program::Compiled(tool, file) = subject.program {
            let (from, to) = (source(file), compiled(folder, file));
            let mut command = Command::new(tool);
            command.args(compiler_words(tool, from, to));
            succeed(command).await?;
        }
    }
    Ok(())
}

fn compiler_words(tool: &str, from: PathBuf, to: PathBuf) -> [OsString; 4] {
    let how = match tool {
        "go" => "build",
        _ => "-O2",
    };
    [how.into(), "-o".into(), to.into(), from.into()]
}

async fn succeed(mut command: Command) -> Result<()> {
    // Cargo tells on stderr how far it is.
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let words = format!("{:?}", command.as_std());
    let building = command.kill_on_drop(true).status();
    let built = timeout(LIMIT, building).await;
    let status = built.with_context(|| format!("{words} takes too long"))?;
    let status = status.with_context(|| words.clone())?;
    ensure!(status.success(), "{words}: {status}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lists::{SERVERS, STEPS};

    #[test]
    fn cargo_builds_each_program_once() {
        let steps = STEPS.iter().flat_map(|list| list.subjects);
        let all: Vec<_> =
            SERVERS.subjects.iter().chain(steps).copied().collect();
        let wanted = "--bin compare --bin load --bin server --bin tuned";
        assert_eq!(programs(&all).join(" "), wanted);
        let wanted = "--example knobs --example threads --example uring";
        assert_eq!(examples(&all).join(" "), wanted);
    }

    #[test]
    fn each_compiler_is_called_in_its_way() {
        let words = |tool| {
            let words = compiler_words(tool, "a.x".into(), "b".into());
            words
                .map(|word| word.to_string_lossy().into_owned())
                .join(" ")
        };
        assert_eq!(words("cc"), "-O2 -o b a.x");
        assert_eq!(words("go"), "build -o b a.x");
    }
}
