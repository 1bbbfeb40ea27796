//! What has to be built before a command of a page can say something: cargo's
//! part of it, so that a reader can see how it goes.

use std::{fs, path::Path};

use crate::{book::get, shell::commands};

/// The options of cargo that say what is built, with a value and without.
const WITH_VALUE: [&str; 8] = [
    "--bin",
    "--example",
    "--test",
    "--package",
    "-p",
    "--features",
    "--manifest-path",
    "--target-dir",
];
const ALONE: [&str; 6] = [
    "--release",
    "--bins",
    "--lib",
    "--tests",
    "--examples",
    "--workspace",
];

/// The commands that build, with all that they have to say, what this command
/// line of a page is going to run. `root` is the folder of the project.
pub fn builds(root: &Path, line: &str) -> Vec<String> {
    let mut builds = Vec::new();
    for words in commands(line) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["cargo", subcommand, ..] => {
                let words = match alias(root, subcommand) {
                    Some(alias) => alias,
                    None => words[1..].iter().map(|&one| one.into()).collect(),
                };
                builds.extend(of_cargo(&words));
            }
            _ => builds.extend(words.iter().filter_map(|word| of_path(word))),
        }
    }
    builds.dedup();
    builds
}

/// The words that stand for this subcommand in the project's settings.
fn alias(root: &Path, subcommand: &str) -> Option<Vec<String>> {
    let text = fs::read_to_string(root.join(".cargo/config.toml")).ok()?;
    let table: toml::Table = text.parse().ok()?;
    let words = get(&table, &["alias", subcommand])?.as_str()?;
    Some(words.split_whitespace().map(str::to_owned).collect())
}

/// The build of `cargo run`, `cargo build` or `cargo test`.
fn of_cargo(words: &[String]) -> Option<String> {
    let (subcommand, words) = words.split_first()?;
    let mut build = match &**subcommand {
        "run" | "r" | "build" | "b" => "cargo build".to_owned(),
        "test" | "t" => "cargo test --no-run".to_owned(),
        _ => return None,
    };
    let mut words = words.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        let value = WITH_VALUE.contains(&&**word).then(|| words.next());
        let is_joined = word
            .split_once('=')
            .is_some_and(|(option, _)| WITH_VALUE.contains(&option));
        let is_kept = value.is_some() || is_joined || ALONE.contains(&&**word);
        for word in [Some(word), value.flatten()].into_iter().flatten() {
            if is_kept {
                build += " ";
                build += &shlex::try_quote(word).ok()?;
            }
        }
    }
    Some(build)
}

/// The build of a program that is called by its path.
fn of_path(word: &str) -> Option<String> {
    let (_, path) = word.split_once("target/debug/")?;
    let (kind, name) = match path.split_once('/') {
        Some(("examples", name)) => ("example", name),
        Some(_) => return None,
        None => ("bin", path),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    (!name.is_empty() && name.chars().all(is_name))
        .then(|| format!("cargo build --{kind} {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_runs_is_built_first() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(".cargo")).unwrap();
        let config = "[alias]\nlearn = \"run --package learn --\"\n";
        fs::write(root.path().join(".cargo/config.toml"), config).unwrap();
        for (line, expected) in [
            ("cargo run", &["cargo build"][..]),
            (
                "cargo run --bin client localhost:4000",
                &["cargo build --bin client"],
            ),
            (
                "printf 'a\\n' | cargo run --bin client > /dev/null",
                &["cargo build --bin client"],
            ),
            ("cargo learn hint shout", &["cargo build --package learn"]),
            (
                "cargo test --quiet --test echo -- --nocapture",
                &["cargo test --no-run --test echo"],
            ),
            (
                "cp target/debug/upgradable target/asks && target/asks",
                &["cargo build --bin upgradable"],
            ),
            (
                "cp target/debug/examples/strict target/x",
                &["cargo build --example strict"],
            ),
            ("cargo run --bin=client", &["cargo build '--bin=client'"]),
            ("ls target/debug/", &[]),
            ("cargo new mine", &[]),
            ("nc localhost 8000", &[]),
            ("kill -USR2 $(cat target/pid)", &[]),
        ] {
            assert_eq!(builds(root.path(), line), expected, "{line}");
        }
    }
}
