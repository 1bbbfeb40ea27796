//! The proof-reader as a preprocessor of mdBook, and as a command of its own.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Result;
use clap::{Parser, Subcommand};
use mdbook_proof::{
    Book, check,
    preprocess::{self, tally},
    reading, render,
};

/// A proof-reader for mdBook: a page that is wrong does not build
///
/// Without a command, it speaks mdBook's protocol on stdin and stdout.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Tell mdBook whether a renderer is supported
    Supports {
        /// The renderer's name
        renderer: String,
    },
    /// Read a book, and print what is wrong with it
    Check {
        /// The folder with book.toml
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
    /// Show sections whose listings have changed, and note that they are read
    ///
    /// At a terminal it asks of each section whether its words are still true.
    /// Elsewhere it takes that for granted.
    Read {
        /// Sections, such as `client-module#send`; all if none is named
        sections: Vec<String>,
        /// The folder with book.toml
        #[arg(long, default_value = ".")]
        book: PathBuf,
    },
}

fn main() -> ExitCode {
    let colour = io::stderr().is_terminal();
    let result = match Args::parse().command {
        None => preprocess::run(io::stdin(), io::stdout(), colour),
        Some(Command::Supports { .. }) => Ok(()),
        Some(Command::Check { folder }) => run_check(folder, colour),
        Some(Command::Read { sections, book }) => run_read(book, &sections),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_read(folder: PathBuf, sections: &[String]) -> Result<()> {
    let book = Book::load(folder)?;
    let asks = io::stdin().is_terminal();
    let mut is_true = || match asks {
        true => ask("Is it true as it stands? [y/N] "),
        false => Ok(true),
    };
    let mut out = io::stdout();
    let taken = reading::take_marks(&book, sections, &mut out, &mut is_true)?;
    let word = if taken == 1 { "section" } else { "sections" };
    println!("{taken} {word} read");
    Ok(())
}

fn ask(question: &str) -> io::Result<bool> {
    print!("{question}");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "yes"))
}

fn run_check(folder: PathBuf, colour: bool) -> Result<()> {
    let book = Book::load(folder)?;
    let report = check(&book)?;
    let said = render(&report.findings, colour);
    if report.is_fatal() {
        anyhow::bail!("{said}{}", tally(&report.findings));
    }
    eprint!("{said}");
    let pages = match book.pages.len() {
        1 => "1 page".to_owned(),
        count => format!("{count} pages"),
    };
    match report.findings.len() {
        0 => println!("{pages}, and nothing is wrong"),
        _ => println!("{pages}: {}", tally(&report.findings)),
    }
    Ok(())
}
