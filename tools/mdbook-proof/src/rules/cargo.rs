//! Cargo commands, checked word by word against the workspace.

use std::{
    collections::{BTreeSet, VecDeque},
    ops::Range,
};

use cargo_metadata::{MetadataCommand, Target, TargetKind};

use crate::{
    book::{Book, get},
    finding::{File, Finding},
    index::Index,
    shell::commands,
};

/// What cargo can be told in this workspace.
#[derive(Debug, Default)]
pub struct Workspace {
    packages: BTreeSet<String>,
    bins: BTreeSet<String>,
    examples: BTreeSet<String>,
    tests: BTreeSet<String>,
    benches: BTreeSet<String>,
    aliases: BTreeSet<String>,
    /// Nothing is known, so nothing is wrong.
    is_unknown: bool,
}

/// What is wrong with a command, and what it may have meant.
#[derive(Debug)]
pub struct Complaint {
    message: String,
    word: String,
    known: Vec<String>,
}

impl Complaint {
    /// The complaint as a finding about these bytes.
    pub fn finding(&self, file: &File, span: Range<usize>) -> Finding {
        file.finding("cargo-command", span, &*self.message)
            .did_you_mean(&self.word, self.known.iter().map(String::as_str))
    }
}

impl Workspace {
    /// Asks cargo what there is. A book without a `Cargo.toml` has nothing.
    ///
    /// # Errors
    ///
    /// What is wrong, when cargo cannot be run, or cannot read the workspace.
    pub fn load(book: &Book) -> Result<Workspace, Box<Finding>> {
        let mut workspace = Workspace::default();
        let Ok(manifest) = book.read("Cargo.toml") else {
            return Ok(workspace);
        };
        let metadata = MetadataCommand::new()
            .current_dir(&book.root)
            .no_deps()
            .other_options(["--offline".to_owned()])
            .exec()
            .map_err(|error| Box::new(no_answer(&manifest, &error)))?;
        for package in metadata.packages {
            workspace.packages.insert(package.name.to_string());
            for target in package.targets {
                workspace.add(target);
            }
        }
        workspace.aliases = aliases(book);
        Ok(workspace)
    }

    /// What is known of a workspace that cargo cannot read: nothing.
    pub fn unknown() -> Workspace {
        Workspace {
            is_unknown: true,
            ..Workspace::default()
        }
    }

    /// Whether cargo has said what there is.
    pub fn is_known(&self) -> bool {
        !self.is_unknown
    }

    fn add(&mut self, target: Target) {
        let names = match target.kind.first() {
            Some(TargetKind::Bin) => &mut self.bins,
            Some(TargetKind::Example) => &mut self.examples,
            Some(TargetKind::Test) => &mut self.tests,
            Some(TargetKind::Bench) => &mut self.benches,
            _ => return,
        };
        names.insert(target.name);
    }

    /// The names of programs, examples, tests and packages.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        let sets = [&self.bins, &self.examples, &self.tests, &self.packages];
        sets.into_iter().flatten().map(String::as_str)
    }

    /// Whether a part of the command line calls cargo.
    pub fn starts_cargo(&self, line: &str) -> bool {
        commands(line).iter().any(|words| is_cargo(words))
    }

    /// Checks the calls of cargo in a command line.
    ///
    /// # Errors
    ///
    /// The first word that cargo would not understand, or that names something
    /// which is not there.
    pub fn check(&self, line: &str, index: &Index) -> Result<(), Complaint> {
        if self.is_unknown {
            return Ok(());
        }
        commands(line)
            .iter()
            .filter(|words| is_cargo(words))
            .try_for_each(|words| self.check_words(&words[1..], index))
    }

    fn check_words(
        &self,
        words: &[String],
        index: &Index,
    ) -> Result<(), Complaint> {
        let mut words: VecDeque<&str> =
            words.iter().flat_map(|word| split_value(word)).collect();
        words.retain(|word| !word.starts_with('+'));
        let Some(subcommand) = words.pop_front() else {
            return Ok(());
        };
        if subcommand.starts_with('-') || self.aliases.contains(subcommand) {
            return Ok(());
        }
        if !SUBCOMMANDS.contains(&subcommand) {
            let known = SUBCOMMANDS.map(String::from).to_vec();
            return complain("cargo has no command", subcommand, known);
        }
        if !BUILDING.contains(&subcommand) {
            return Ok(());
        }
        let mut own = false;
        while let Some(word) = words.pop_front() {
            let names = match word {
                "--" => {
                    own = true;
                    continue;
                }
                _ if own && word.starts_with('-') => continue,
                "--bin" => &self.bins,
                "--example" => &self.examples,
                "--test" => &self.tests,
                "--bench" => &self.benches,
                "-p" | "--package" => &self.packages,
                _ if WITH_VALUE.contains(&word) => {
                    words.pop_front();
                    continue;
                }
                _ if word.starts_with('-') => {
                    check_flag(word)?;
                    continue;
                }
                _ => match subcommand {
                    // From here on these are the program's own arguments.
                    "run" | "r" => return Ok(()),
                    "test" | "t" => {
                        check_filter(word, index)?;
                        continue;
                    }
                    "bench" => continue,
                    _ => {
                        return complain("cargo does not expect", word, vec![]);
                    }
                },
            };
            let Some(name) = words.pop_front() else {
                return complain("there is no name after", word, Vec::new());
            };
            if !names.contains(name) {
                let known = names.iter().cloned().collect();
                return complain("the workspace does not have", name, known);
            }
        }
        Ok(())
    }
}

/// The names that the workspace gives to commands. `cargo metadata` does not
/// tell them, so they are read where cargo reads them.
fn aliases(book: &Book) -> BTreeSet<String> {
    let config = book.read(".cargo/config.toml").ok();
    let table = config.and_then(|file| file.text.parse::<toml::Table>().ok());
    let table = table.unwrap_or_default();
    let aliases = get(&table, &["alias"]).and_then(|value| value.as_table());
    let names = aliases.into_iter().flat_map(|table| table.keys());
    names.cloned().collect()
}

/// What cargo says when it says nothing of the workspace.
fn no_answer(manifest: &File, error: &cargo_metadata::Error) -> Finding {
    /// What comes after these lines is the chain of causes.
    const LINES: usize = 5;
    let said = match error {
        cargo_metadata::Error::CargoMetadata { stderr } => stderr.clone(),
        other => other.to_string(),
    };
    let said: Vec<&str> = said.trim().lines().take(LINES).collect();
    let line = manifest.text.find('\n').unwrap_or(manifest.text.len());
    let message = "`cargo metadata --no-deps --offline` fails, so names and \
                   commands are not checked";
    manifest
        .finding("cargo-metadata", 0..line, message)
        .report(said.join("\n"))
}

fn is_cargo(words: &[String]) -> bool {
    words.first().is_some_and(|word| word == "cargo")
}

/// What cargo itself can do.
const SUBCOMMANDS: [&str; 32] = [
    "add", "b", "bench", "build", "c", "check", "clean", "clippy", "d", "doc",
    "expand", "fetch", "fix", "fmt", "help", "info", "init", "install",
    "login", "metadata", "miri", "new", "package", "publish", "r", "remove",
    "run", "search", "t", "test", "tree", "update",
];

/// Those that build something, and of which every word is checked.
const BUILDING: [&str; 12] = [
    "b", "bench", "build", "c", "check", "clippy", "d", "doc", "r", "run", "t",
    "test",
];

/// Options that take a value which is not checked.
const WITH_VALUE: [&str; 14] = [
    "--color",
    "--config",
    "--exclude",
    "--features",
    "--jobs",
    "--manifest-path",
    "--message-format",
    "--profile",
    "--target",
    "--target-dir",
    "-F",
    "-Z",
    "-j",
    "-C",
];

/// `--bin=server` as two words.
fn split_value(word: &str) -> Vec<&str> {
    match word.split_once('=') {
        Some((option, value)) if option.starts_with("--") => {
            vec![option, value]
        }
        _ => vec![word],
    }
}

/// A filter fits a test if it is a part of its name. What comes before the
/// last `::` is a module.
fn check_filter(filter: &str, index: &Index) -> Result<(), Complaint> {
    let name = filter.rsplit("::").next().unwrap_or(filter);
    if index.tests.iter().any(|test| test.contains(name)) {
        return Ok(());
    }
    let known = index.tests.iter().cloned().collect();
    complain("no test is called", filter, known)
}

fn check_flag(flag: &str) -> Result<(), Complaint> {
    const FLAGS: [&str; 29] = [
        "--all",
        "--all-features",
        "--all-targets",
        "--benches",
        "--bins",
        "--check",
        "--doc",
        "--document-private-items",
        "--examples",
        "--frozen",
        "--help",
        "--keep-going",
        "--lib",
        "--locked",
        "--no-default-features",
        "--no-deps",
        "--no-fail-fast",
        "--no-run",
        "--offline",
        "--open",
        "--quiet",
        "--release",
        "--tests",
        "--verbose",
        "--workspace",
        "-h",
        "-q",
        "-r",
        "-v",
    ];
    if FLAGS.contains(&flag) || flag == "-vv" {
        return Ok(());
    }
    complain(
        "cargo has no option",
        flag,
        FLAGS.map(String::from).to_vec(),
    )
}

fn complain(
    what: &str,
    word: &str,
    known: Vec<String>,
) -> Result<(), Complaint> {
    let message = format!("{what} `{word}`");
    Err(Complaint {
        message,
        word: word.to_owned(),
        known,
    })
}
