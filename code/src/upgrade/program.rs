//! An upgradable server as a program: its arguments, and its ways to start.

use std::{
    fs, io,
    os::fd::RawFd,
    path::{self, PathBuf},
    process,
};

use anyhow::Context;
use clap::Parser;
use tokio::runtime::Runtime;

use super::{
    Version,
    handover::{self, Inherited},
    log::{flush, say},
    requests::Requests,
    server::Server,
    successor::YES,
};
use crate::{cli, process::this_program};

/// Answers each line, and becomes a new program on SIGUSR2
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    port: cli::Port,
    /// A file to write the process's number to
    #[arg(long)]
    pid_file: Option<PathBuf>,
    /// The program to become; if not given, whatever this one's path leads to
    #[arg(long)]
    program: Option<PathBuf>,
    /// Read a handover from the standard input, and say whether it makes sense
    #[arg(long, hide = true)]
    check: bool,
    /// Read a handover from the standard input, and print it
    #[arg(long, hide = true)]
    show: bool,
    /// Go on from the handover in the open file of this number
    #[arg(long, hide = true)]
    resume: Option<RawFd>,
}

/// Runs this version of the server, as its program's arguments say. It is all
/// that `main` does: it must come before other threads, and before any file is
/// opened that is not marked to be closed by `exec`.
pub fn program<V: Version>() -> ! {
    let ended = run::<V>(cli::parse());
    flush();
    cli::finish(ended)
}

fn run<V: Version>(args: Args) -> anyhow::Result<()> {
    if args.check {
        handover::check::<V>(io::stdin())?;
        return Ok(io::Write::write_all(&mut io::stdout(), YES.as_bytes())?);
    }
    if args.show {
        return handover::show::<V>(io::stdin(), io::stdout());
    }
    serve::<V>(args)
}

// ANCHOR: serve
#[allow(unsafe_code)]
fn serve<V: Version>(args: Args) -> anyhow::Result<()> {
    let requests = Requests::hold()?;
    let program = match args.program {
        Some(program) => path::absolute(program)?,
        None => this_program()?,
    };
    // SAFETY: this program has only begun, and has opened nothing.
    let take_over = |number| unsafe { handover::take_over::<V>(number) };
    let inherited = args.resume.map(take_over).transpose()?;

    Runtime::new()?.block_on(async {
        let server = match inherited {
            Some(inherited) => resume(inherited, requests, program)?,
            None => start(args.port.port, requests, program)?,
        };
        write_number(args.pid_file)?;
        let ended = server.run().await;
        match ended.context("cannot accept clients any more")? {}
    })
}
// ANCHOR_END: serve

fn resume<V: Version>(
    inherited: Inherited<V>,
    requests: Requests,
    program: PathBuf,
) -> anyhow::Result<Server<V>> {
    let server = Server::resume(inherited, requests, program)?;
    let (clients, bytes) = server.at_rest();
    say(format_args!(
        "Upgraded, clients kept: {clients}, bytes kept: {bytes}"
    ));
    Ok(server)
}

fn start<V: Version>(
    port: u16,
    requests: Requests,
    program: PathBuf,
) -> anyhow::Result<Server<V>> {
    let server = Server::new(port, requests, program)
        .with_context(|| format!("cannot listen on port {port}"))?;
    let port = server.addr()?.port();
    say(format_args!("Listening on port {port}..."));
    Ok(server)
}

fn write_number(file: Option<PathBuf>) -> anyhow::Result<()> {
    let Some(file) = file else {
        return Ok(());
    };
    fs::write(&file, process::id().to_string())
        .with_context(|| format!("cannot write {}", file.display()))
}
