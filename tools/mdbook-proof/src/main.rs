//! The proof-reader as a preprocessor of mdBook, and as a command of its own.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Result;
use clap::{Parser, Subcommand};
use mdbook_proof::{
    Book, check,
    preprocess::{self, tally},
    render,
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
}

fn main() -> ExitCode {
    let colour = io::stderr().is_terminal();
    let result = match Args::parse().command {
        None => preprocess::run(io::stdin(), io::stdout(), colour),
        Some(Command::Supports { .. }) => Ok(()),
        Some(Command::Check { folder }) => run_check(folder, colour),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
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
