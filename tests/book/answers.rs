//! What readers have written is theirs. No command of a page may destroy it.

use std::{
    env, fs,
    io::{Write, stderr},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, ensure};
use mdbook_proof::{Book, page::Page};

use crate::ROOT;

/// An exercise's answer, a reader's own package, and a file that pages change.
const ANSWER: &str = "code/exercises/ex01-shout/src/lib.rs";
const OWN: &str = "mine/src/main.rs";
const CHANGED: [&str; 3] = [
    "code/src/client.rs",
    "code/examples/channel.rs",
    "code/results/slow.md",
];

/// The commands on the pages that bring files back.
fn commands(book: &Book) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    for page in book.pages.iter().map(Page::parse) {
        let spans = page.spans.iter().map(|span| span.text.clone());
        let blocks = page.blocks.iter().flat_map(|block| {
            let text = &page.file.text[block.content.clone()];
            let typed = text.lines().filter_map(|line| line.split_once("$ "));
            typed.map(|(_, command)| command.to_owned())
        });
        commands.extend(spans.chain(blocks).filter(|one| is_git(one)));
    }
    commands.sort();
    commands.dedup();
    commands
}

fn is_git(command: &str) -> bool {
    command.starts_with("git ") || command.contains("; git ")
}

fn sh(folder: &Path, command: &str) -> Result<()> {
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{command}` failed: {said}");
    Ok(())
}

/// A project in git with the files that matter here.
fn project(folder: &Path) -> Result<()> {
    for path in [ANSWER].into_iter().chain(CHANGED) {
        write(folder, path, "as it was\n")?;
    }
    fs::copy(
        Path::new(ROOT).join(".gitignore"),
        folder.join(".gitignore"),
    )?;
    sh(folder, "git init --quiet && git add --all")?;
    sh(
        folder,
        "git -c user.name=reader -c user.email=reader@localhost \
         commit --quiet --message=clone",
    )
}

fn write(folder: &Path, path: &str, text: &str) -> Result<()> {
    let path = folder.join(path);
    let parent = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(parent)?;
    Ok(fs::write(path, text)?)
}

#[test]
fn no_command_of_a_page_destroys_what_a_reader_has_written() -> Result<()> {
    let book = Book::load(ROOT)?;
    let commands = commands(&book);
    ensure!(!commands.is_empty(), "no page brings files back");
    if Command::new("git").arg("--version").output().is_err() {
        ensure!(env::var_os("CI").is_none(), "git is not installed");
        writeln!(stderr(), "not tried: {commands:?} need `git`")?;
        return Ok(());
    }
    for command in commands {
        let folder = tempfile::tempdir()?;
        let folder = folder.path();
        project(folder)?;
        for path in [ANSWER, OWN].into_iter().chain(CHANGED) {
            write(folder, path, "by the reader\n")?;
        }
        sh(folder, &command)?;
        let read = |path: &str| fs::read_to_string(folder.join(path));
        for path in [ANSWER, OWN] {
            ensure!(read(path)? == "by the reader\n", "`{command}`: {path}");
        }
        // The command has done what it is there for.
        let mut texts = CHANGED.iter().map(|path| read(path));
        let undone =
            texts.any(|text| matches!(text, Ok(text) if text == "as it was\n"));
        ensure!(undone, "`{command}`");
    }
    Ok(())
}
