//! `cargo learn`: the exercises, one command at a time.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Parser, Subcommand};
use learn::{
    check::check,
    exercise::{Exercise, exercises},
    state::State,
    verify::verify,
};

/// The exercises of The Echo Server
#[derive(Parser)]
#[command(name = "cargo learn", bin_name = "cargo learn")]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// List the exercises, and what is done
    List,
    /// Check an exercise, or the next one that is not done
    Check(Which),
    /// Show a hint; each further hint says more
    Hint {
        #[command(flatten)]
        which: Which,
        /// Which of the hints, from 1
        #[arg(short, long, default_value_t = 1)]
        number: usize,
    },
    /// Start an exercise anew; what you have written is kept beside it
    Reset(Which),
    /// Show the solution of an exercise that is done
    Solution {
        #[command(flatten)]
        which: Which,
        /// Show it even so
        #[arg(long)]
        peek: bool,
    },
    /// Prove all exercises: for those who write them
    Verify {
        /// How often each solution must pass
        #[arg(long, default_value_t = 1)]
        repeat: usize,
    },
}

#[derive(clap::Args)]
struct Which {
    /// The number or a part of the name; without it, the next one to do
    exercise: Option<String>,
}

fn main() -> ExitCode {
    match run(Args::parse().command.unwrap_or(Command::List)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let root = root()?;
    let exercises = exercises(&root)?;
    let mut state = State::load(&root);
    match command {
        Command::List => list(&exercises, &state),
        Command::Check(which) => {
            let exercise = find(&exercises, &which, &state)?;
            println!("{}: {}", exercise.name, exercise.title);
            let outcome = check(&root, exercise)?;
            state.set(&exercise.name, outcome.passed())?;
            println!("{outcome}");
            if !outcome.passed() {
                let folder = exercise.folder.strip_prefix(&root)?.display();
                println!("\nYour code is {folder}/src/lib.rs, the tests are");
                println!("{folder}/tests/check.rs. For help: cargo learn hint");
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Hint { which, number } => {
            let exercise = find(&exercises, &which, &state)?;
            let hints = exercise.hints()?;
            let hint =
                hints.get(number.wrapping_sub(1)).with_context(|| {
                    format!("{} has {} hints", exercise.name, hints.len())
                })?;
            println!(
                "{}, hint {number} of {}:\n\n{hint}",
                exercise.name,
                hints.len()
            );
        }
        Command::Reset(which) => {
            reset(find(&exercises, &which, &state)?, &mut state)?;
        }
        Command::Solution { which, peek } => {
            let exercise = find(&exercises, &which, &state)?;
            ensure!(
                peek || state.done.contains(&exercise.name),
                "{} is not done yet; --peek shows the solution even so",
                exercise.name
            );
            let file = exercise.folder.join("variants/solution.rs");
            print!("{}", fs::read_to_string(file)?);
        }
        Command::Verify { repeat } => {
            let faults = verify(&root, repeat)?;
            for fault in &faults {
                eprintln!("{fault}\n");
            }
            ensure!(faults.is_empty(), "{} faults", faults.len());
            println!("{} exercises, and nothing is wrong", exercises.len());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The workspace's folder: the nearest one above with `code/exercises`.
fn root() -> Result<PathBuf> {
    let here = env::current_dir()?;
    let mut above = here.ancestors();
    let root = above.find(|folder| folder.join("code/exercises").is_dir());
    root.map(Path::to_owned)
        .context("this is not the book's folder")
}

fn list(exercises: &[Exercise], state: &State) {
    for exercise in exercises {
        let done = state.done.contains(&exercise.name);
        let mark = if done { "done" } else { "    " };
        println!("{mark}  {:<16}  {}", exercise.name, exercise.title);
    }
    let done = |one: &&Exercise| state.done.contains(&one.name);
    let count = exercises.iter().filter(done).count();
    println!("\n{count} of {} done", exercises.len());
}

fn find<'a>(
    exercises: &'a [Exercise],
    which: &Which,
    state: &State,
) -> Result<&'a Exercise> {
    let Some(wanted) = &which.exercise else {
        let open = |one: &&Exercise| !state.done.contains(&one.name);
        return exercises
            .iter()
            .find(open)
            .context("all exercises are done");
    };
    let found: Vec<&Exercise> = match wanted.parse::<usize>() {
        Ok(number) => {
            exercises.get(number.wrapping_sub(1)).into_iter().collect()
        }
        Err(_) => {
            let fits = |one: &&Exercise| one.name.contains(wanted.as_str());
            exercises.iter().filter(fits).collect()
        }
    };
    match found[..] {
        [one] => Ok(one),
        [] => bail!("there is no exercise `{wanted}`"),
        _ => bail!("`{wanted}` fits more than one exercise"),
    }
}

/// Puts the start back. What was there before is kept under another name.
fn reset(exercise: &Exercise, state: &mut State) -> Result<()> {
    let source = exercise.source();
    let written = fs::read_to_string(&source)?;
    let starter =
        fs::read_to_string(exercise.folder.join("variants/starter.rs"))?;
    if written == starter {
        println!("{} has not been changed", exercise.name);
        return Ok(());
    }
    let mut copies = (1..).map(|n| source.with_extension(format!("rs.{n}")));
    let copy = copies
        .find(|copy| !copy.exists())
        .context("too many copies")?;
    fs::write(&copy, written)?;
    fs::write(&source, starter)?;
    state.set(&exercise.name, false)?;
    let name = copy.file_name().unwrap_or_default().to_string_lossy();
    println!(
        "{} is as it was; yours is kept as src/{name}",
        exercise.name
    );
    Ok(())
}
