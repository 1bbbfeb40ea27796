//! `cargo learn`: the exercises, beside the learner or one command at a time.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Parser, Subcommand};
use learn::{
    bench::bench,
    check::check,
    coach::{Parting, coach},
    exercise::{Exercise, exercises, root},
    process::Stop,
    project::{self, Programs},
    state::{Standing, State},
    verify::verify,
};

/// What a shell makes of a program that was ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

/// The exercises of The Echo Server
#[derive(Parser)]
#[command(name = "cargo learn", bin_name = "cargo learn")]
struct Args {
    /// Without a command, stay and check the exercise whenever it is saved
    #[command(subcommand)]
    command: Option<Command>,
    /// Look for changes instead of being told of them: for network drives
    #[arg(long)]
    poll: bool,
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
    /// Bring back the answer that passed last, of one exercise or of all
    Restore {
        /// The number or a part of the name; without it, all that have changed
        exercise: Option<String>,
    },
    /// Show the solution of an exercise that is done
    Solution {
        #[command(flatten)]
        which: Which,
        /// Show it even so
        #[arg(long)]
        peek: bool,
    },
    /// Run the book's own tests on your server, and on your netcat
    Project {
        /// A server that takes its port as an argument; without it, your
        /// package in the folder `mine` is built and tested
        #[arg(long)]
        server: Option<PathBuf>,
        /// A netcat that takes an address as an argument
        #[arg(long, requires = "server")]
        client: Option<PathBuf>,
    },
    /// Prove all exercises: for those who write them
    Verify {
        /// How often each solution must pass
        #[arg(long, default_value_t = 1)]
        repeat: usize,
    },
    /// Measure the time from saving an exercise to the verdict
    Bench {
        /// The number or a part of the name
        #[arg(default_value = "1")]
        exercise: String,
        /// How often to save a wrong answer, and how often a right one
        #[arg(long, default_value_t = 11)]
        times: usize,
    },
}

#[derive(clap::Args)]
struct Which {
    /// The number or a part of the name; without it, the next one to do
    exercise: Option<String>,
}

fn main() -> ExitCode {
    let Args { command, poll } = Args::parse();
    match run(command, poll) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Option<Command>, poll: bool) -> Result<ExitCode> {
    let root = root()?;
    let exercises = exercises(&root)?;
    ensure!(!exercises.is_empty(), "there are no exercises");
    let state = State::load(&root);
    let Some(command) = command else {
        return stay(&root, &exercises, state, poll);
    };
    match command {
        Command::List => list(&exercises, &state),
        Command::Check(which) => {
            let exercise = find(&exercises, &which, &state)?;
            return check_once(&root, exercise, state);
        }
        Command::Hint { which, number } => {
            hint(find(&exercises, &which, &state)?, number)?;
        }
        Command::Reset(which) => {
            let exercise = find(&exercises, &which, &state)?;
            reset(&root, exercise, state)?;
        }
        Command::Restore { exercise: None } => {
            restore_all(&root, &exercises, &state)?;
        }
        Command::Restore { exercise } => {
            let exercise = find(&exercises, &Which { exercise }, &state)?;
            restore(&root, exercise, &state)?;
        }
        Command::Solution { which, peek } => {
            let exercise = find(&exercises, &which, &state)?;
            ensure!(
                peek || state.is_done(exercise),
                "{} is not done yet; --peek shows the solution even so",
                exercise.name
            );
            print!("{}", exercise.solution()?);
        }
        Command::Project { server, client } => {
            return test_project(&root, server, client);
        }
        Command::Verify { repeat } => {
            let faults = verify(&root, repeat)?;
            for fault in &faults {
                eprintln!("{fault}\n");
            }
            ensure!(faults.is_empty(), "{} faults", faults.len());
            println!("{} exercises, and nothing is wrong", exercises.len());
        }
        Command::Bench { exercise, times } => {
            let which = Which {
                exercise: Some(exercise),
            };
            let exercise = find(&exercises, &which, &state)?;
            print!("{}", bench(&root, exercise, times)?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Where there is no terminal, nobody saves files and presses keys: there the
/// list has to do.
fn stay(
    root: &Path,
    exercises: &[Exercise],
    state: State,
    poll: bool,
) -> Result<ExitCode> {
    let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    if dumb || !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        list(exercises, &state);
        println!("\nWithout a terminal, nothing is watched. To check the next");
        println!("exercise: cargo learn check");
        return Ok(ExitCode::SUCCESS);
    }
    let parting = coach(root, exercises, state, poll)?;
    println!("{}", State::load(root).bar(exercises));
    println!("To go on: cargo learn");
    Ok(match parting {
        Parting::Quit => ExitCode::SUCCESS,
        Parting::Interrupted => ExitCode::from(INTERRUPTED),
    })
}

fn check_once(
    root: &Path,
    exercise: &Exercise,
    mut state: State,
) -> Result<ExitCode> {
    println!("{}: {}", exercise.name, exercise.title);
    let stop = Stop::default();
    let interrupted = stop.clone();
    ctrlc::set_handler(move || interrupted.stop())?;
    let outcome = loop {
        match check(root, exercise, &stop)? {
            Some(outcome) => break outcome,
            None if stop.is_stopped() => {
                return Ok(ExitCode::from(INTERRUPTED));
            }
            // It was saved in the middle.
            None => {}
        }
    };
    state.set(exercise, Some(&outcome))?;
    println!("{outcome}");
    let name = &exercise.name;
    if outcome.passed() {
        println!(
            "\nTo compare it with a solution: cargo learn solution {name}"
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!("\nYour code is code/exercises/{name}/src/lib.rs, the tests are");
    println!("tests/check.rs beside it. For help: cargo learn hint {name}");
    Ok(ExitCode::FAILURE)
}

fn test_project(
    root: &Path,
    server: Option<PathBuf>,
    client: Option<PathBuf>,
) -> Result<ExitCode> {
    let programs = match server {
        Some(server) => Programs { server, client },
        None => Programs::build(root)?,
    };
    println!("server: {}", programs.server.display());
    match &programs.client {
        Some(client) => println!("netcat: {}", client.display()),
        None => println!("netcat: none"),
    }
    println!();
    let verdict = project::test(root, &programs)?;
    println!("{verdict}");
    Ok(match verdict.passed() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn hint(exercise: &Exercise, number: usize) -> Result<()> {
    let hints = exercise.hints()?;
    let (name, count) = (&exercise.name, hints.len());
    let hint = hints.get(number.wrapping_sub(1));
    let hint = hint.with_context(|| format!("{name} has {count} hints"))?;
    println!("{name}, hint {number} of {count}:\n\n{hint}");
    if number < count {
        let next = number + 1;
        println!("\nThe next one: cargo learn hint {name} --number {next}");
    }
    Ok(())
}

fn reset(root: &Path, exercise: &Exercise, mut state: State) -> Result<()> {
    let name = &exercise.name;
    match exercise.replace(&exercise.starter()?)? {
        None => println!("{name} has not been changed"),
        Some(copy) => {
            state.set(exercise, None)?;
            let copy = from(root, &copy);
            println!("{name} is as it was; yours is kept as {copy}");
        }
    }
    Ok(())
}

fn restore_all(
    root: &Path,
    exercises: &[Exercise],
    state: &State,
) -> Result<()> {
    let kept = |one: &&Exercise| state.standing(one) == Standing::Kept;
    let changed: Vec<&Exercise> = exercises.iter().filter(kept).collect();
    if changed.is_empty() {
        println!("every answer that has passed stands where it stood");
    }
    for exercise in changed {
        restore(root, exercise, state)?;
    }
    Ok(())
}

fn restore(root: &Path, exercise: &Exercise, state: &State) -> Result<()> {
    let name = &exercise.name;
    match state.restore(exercise)? {
        None => println!("{name} has the answer that passed"),
        Some(copy) => {
            let copy = from(root, &copy);
            println!("{name} has the answer that passed; {copy} is what it had")
        }
    }
    Ok(())
}

/// A path as one would type it in the project's folder.
fn from(root: &Path, path: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .display()
        .to_string()
}

fn list(exercises: &[Exercise], state: &State) {
    for exercise in exercises {
        println!("{}", state.row(exercise));
    }
    println!("\n{}", state.bar(exercises));
    if let Some(kept) = state.about_kept(exercises) {
        println!("{kept}");
    }
}

fn find<'a>(
    exercises: &'a [Exercise],
    which: &Which,
    state: &State,
) -> Result<&'a Exercise> {
    let Some(wanted) = &which.exercise else {
        // When all are done, the one that was looked at last.
        let last = || state.current(exercises);
        let next = state.next(exercises).map(|at| &exercises[at]);
        return Ok(next.unwrap_or_else(last));
    };
    // Shells complete the name of the folder.
    let wanted = wanted.trim_end_matches('/').to_lowercase();
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
