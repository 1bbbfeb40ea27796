//! `cargo lab`: the book with live terminals.

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    match lab::program::main() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    eprintln!(
        "error: the lab needs the terminals of Unix. On Windows, run it in WSL, \
         or read the book with `mdbook serve`."
    );
    ExitCode::FAILURE
}
