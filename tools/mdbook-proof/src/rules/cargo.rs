//! Cargo commands, checked word by word against the workspace.

use std::{
    collections::{BTreeSet, VecDeque},
    ops::Range,
};

use crate::{
    finding::{File, Finding},
    index::Index,
    shell::commands,
    workspace::Workspace,
};

use options::{BUILDING, FLAGS, SUBCOMMANDS, WITH_VALUE};

mod options;

/// What is wrong with a command, and what it may have meant.
#[derive(Debug)]
pub struct Complaint {
    rule: &'static str,
    message: String,
    word: String,
    known: Vec<String>,
}

impl Complaint {
    /// The complaint as a finding about these bytes.
    pub fn finding(&self, file: &File, span: Range<usize>) -> Finding {
        file.finding(self.rule, span, &*self.message)
            .did_you_mean(&self.word, self.known.iter().map(String::as_str))
    }
}

/// Whether a part of the command line calls cargo.
pub fn starts(line: &str) -> bool {
    commands(line).iter().any(|words| is_cargo(words))
}

/// Checks the calls of cargo in a command line.
///
/// # Errors
///
/// The first word that cargo would not understand, or that names something
/// which is not there.
pub fn check(
    workspace: &Workspace,
    line: &str,
    index: &Index,
) -> Result<(), Complaint> {
    if !workspace.is_known {
        return Ok(());
    }
    commands(line)
        .iter()
        .filter(|words| is_cargo(words))
        .try_for_each(|words| check_words(workspace, &words[1..], index))
}

fn is_cargo(words: &[String]) -> bool {
    words.first().is_some_and(|word| word == "cargo")
}

fn check_words(
    workspace: &Workspace,
    words: &[String],
    index: &Index,
) -> Result<(), Complaint> {
    let mut words: VecDeque<&str> =
        words.iter().flat_map(|word| split_value(word)).collect();
    words.retain(|word| !word.starts_with('+'));
    let Some(subcommand) = words.pop_front() else {
        return Ok(());
    };
    if !is_building(workspace, subcommand)? {
        return Ok(());
    }
    let mut own = false;
    while let Some(word) = words.pop_front() {
        if word == "--" {
            own = true;
        } else if own && word.starts_with('-') {
            // It is for the program that cargo runs.
        } else if let Some(names) = named_by(workspace, word) {
            check_name(word, words.pop_front(), names)?;
        } else if WITH_VALUE.contains(&word) {
            words.pop_front();
        } else if word.starts_with('-') {
            check_flag(word)?;
        } else if ["run", "r"].contains(&subcommand) {
            // From here on these are the program's own arguments.
            return Ok(());
        } else {
            check_argument(subcommand, word, index)?;
        }
    }
    Ok(())
}

/// Whether every word behind the subcommand is to be checked.
fn is_building(
    workspace: &Workspace,
    subcommand: &str,
) -> Result<bool, Complaint> {
    if subcommand.starts_with('-') || workspace.aliases.contains(subcommand) {
        return Ok(false);
    }
    if !SUBCOMMANDS.contains(&subcommand) {
        let known = SUBCOMMANDS.map(String::from).to_vec();
        complain(COMMAND, "cargo has no command", subcommand, known)?;
    }
    Ok(BUILDING.contains(&subcommand))
}

/// The names that an option can be followed by.
fn named_by<'a>(
    workspace: &'a Workspace,
    option: &str,
) -> Option<&'a BTreeSet<String>> {
    match option {
        "--bin" => Some(&workspace.bins),
        "--example" => Some(&workspace.examples),
        "--test" => Some(&workspace.tests),
        "--bench" => Some(&workspace.benches),
        "-p" | "--package" => Some(&workspace.packages),
        _ => None,
    }
}

fn check_name(
    option: &str,
    name: Option<&str>,
    names: &BTreeSet<String>,
) -> Result<(), Complaint> {
    let Some(name) = name else {
        return complain(COMMAND, "there is no name after", option, vec![]);
    };
    if names.contains(name) {
        return Ok(());
    }
    let known = names.iter().cloned().collect();
    complain("cargo-target", "the workspace does not have", name, known)
}

fn check_argument(
    subcommand: &str,
    word: &str,
    index: &Index,
) -> Result<(), Complaint> {
    match subcommand {
        "test" | "t" => check_filter(word, index),
        "bench" => Ok(()),
        _ => complain(COMMAND, "cargo does not expect", word, vec![]),
    }
}

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
    complain(COMMAND, "no test is called", filter, known)
}

fn check_flag(flag: &str) -> Result<(), Complaint> {
    if FLAGS.contains(&flag) || flag == "-vv" {
        return Ok(());
    }
    complain(
        COMMAND,
        "cargo has no option",
        flag,
        FLAGS.map(String::from).to_vec(),
    )
}

/// The rule for what cargo does not understand.
const COMMAND: &str = "cargo-command";

fn complain(
    rule: &'static str,
    what: &str,
    word: &str,
    known: Vec<String>,
) -> Result<(), Complaint> {
    let message = format!("{what} `{word}`");
    Err(Complaint {
        rule,
        message,
        word: word.to_owned(),
        known,
    })
}
