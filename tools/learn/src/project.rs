//! The project: the book's own tests of a server and a netcat, run on those
//! that a reader has written.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

use crate::cargo::messages;

/// The folder of the reader's package, below the workspace's.
const PACKAGE: &str = "mine";

/// The reader's programs in it, as the pages call them.
const SERVER: &str = "mine";
const CLIENT: &str = "netcat";

/// The modules of the tests that hold for any server, and for any netcat.
const OF_A_SERVER: [&str; 3] = ["bytes::", "connections::", "shortage::"];
const OF_A_CLIENT: [&str; 1] = ["conversation::"];

/// What is tested.
#[derive(Debug)]
pub struct Programs {
    /// A server, which takes its port as an argument.
    pub server: PathBuf,
    /// A netcat, which takes an address as an argument. Without one, only the
    /// server is tested.
    pub client: Option<PathBuf>,
}

impl Programs {
    /// Those of the reader's own package, which is built first.
    ///
    /// # Errors
    ///
    /// When there is no such package, or it does not compile.
    pub fn build(root: &Path) -> Result<Programs> {
        let manifest = root.join(PACKAGE).join("Cargo.toml");
        ensure!(
            manifest.exists(),
            "there is no package in the folder {PACKAGE}; name a program with \
             --server"
        );
        let output = Command::new("cargo")
            .args(["build", "--message-format=json-render-diagnostics"])
            .arg("--manifest-path")
            .arg(&manifest)
            .current_dir(root.join(PACKAGE))
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo")?;
        ensure!(output.status.success(), "{PACKAGE} does not compile");
        let built = |name: &str| {
            messages(&output.stdout)
                .filter_map(|message| message.executable)
                .find(|path| path.file_stem().is_some_and(|stem| stem == name))
        };
        let server = built(SERVER);
        Ok(Programs {
            server: server
                .with_context(|| format!("{PACKAGE} has no src/main.rs"))?,
            client: built(CLIENT),
        })
    }
}

/// A test: what it is called, in words, and whether it has passed.
#[derive(Debug)]
pub struct Test {
    /// Its name as a sentence.
    pub name: String,
    /// Whether it holds.
    pub passed: bool,
}

/// What has come of all tests.
#[derive(Debug)]
pub struct Verdict {
    /// The tests, in the order of their names.
    pub tests: Vec<Test>,
    /// What those that failed have said.
    pub said: String,
}

impl Verdict {
    /// Whether all hold.
    pub fn passed(&self) -> bool {
        self.tests.iter().all(|test| test.passed)
    }
}

/// Runs the tests on these programs. What cargo says goes to stderr.
///
/// # Errors
///
/// When a program does not exist, or the tests cannot be built.
pub fn test(root: &Path, programs: &Programs) -> Result<Verdict> {
    let built = tests(root)
        .arg("--no-run")
        .status()
        .context("cannot run cargo")?;
    ensure!(built.success(), "the tests do not compile");
    let mut command = tests(root);
    // What cargo says of tests that fail is how to run them on its own
    // programs.
    command
        .arg("--")
        .args(OF_A_SERVER)
        .stderr(Stdio::null())
        .env("RUST_BACKTRACE", "0")
        .env("ECHO_SERVER", found(&programs.server)?);
    if let Some(client) = &programs.client {
        command.args(OF_A_CLIENT).env("ECHO_CLIENT", found(client)?);
    }
    let output = command.output().context("cannot run cargo")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let mut tests: Vec<Test> = said.lines().filter_map(verdict).collect();
    if tests.is_empty() {
        bail!("the tests did not run");
    }
    tests.sort_by(|a, b| a.name.cmp(&b.name));
    let said = failures(&said).to_owned();
    Ok(Verdict { tests, said })
}

/// The command that builds the book's tests, and runs them.
fn tests(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command
        .args(["test", "--package", "the-echo-server", "--test", "echo"])
        .current_dir(root);
    command
}

/// The path, whole: the tests run in another folder.
fn found(path: &Path) -> Result<PathBuf> {
    path.canonicalize()
        .with_context(|| format!("there is no program {}", path.display()))
}

/// `test bytes::echoes_one_byte ... ok`.
fn verdict(line: &str) -> Option<Test> {
    let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let name = name.rsplit("::").next()?.replace('_', " ");
    let passed = result == "ok";
    Some(Test { name, passed })
}

/// What the harness prints between its two lists of failures.
fn failures(said: &str) -> &str {
    let parts: Vec<&str> = said.split("\nfailures:\n").collect();
    match parts[..] {
        [_, said, ..] => said.trim(),
        _ => "",
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for Test { name, passed } in &self.tests {
            let mark = if *passed { "holds" } else { "FAILS" };
            writeln!(f, "{mark}  {name}")?;
        }
        if !self.said.is_empty() {
            writeln!(f, "\n{}", self.said)?;
        }
        let hold = self.tests.iter().filter(|test| test.passed).count();
        write!(f, "\n{hold} of {} hold", self.tests.len())
    }
}
