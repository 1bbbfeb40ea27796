//! An upgradable server as a program: its arguments, and its three ways to
//! start.

use std::{fs, io, os::fd::RawFd, path::PathBuf, process};

use anyhow::Context;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use super::{
    Version,
    handover::{check, take_over},
    inherit::hold_hangups,
    server::Server,
};
use crate::{cli, reload::this_program};

/// Answers each line, and becomes a new program on SIGHUP
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    port: cli::Port,
    /// A file to write the process's number to
    #[arg(long)]
    pid_file: Option<PathBuf>,
    /// Read a handover from the standard input, and say whether it makes sense
    #[arg(long, hide = true)]
    check: bool,
    /// Go on from the handover in the open file of this number
    #[arg(long, hide = true)]
    resume: Option<RawFd>,
}

/// Runs this version of the server, as its program's arguments say.
pub async fn program<V: Version>() -> ! {
    cli::finish(run::<V>(cli::parse()).await)
}

async fn run<V: Version>(args: Args) -> anyhow::Result<()> {
    if args.check {
        return check::<V>(io::stdin());
    }
    let program = this_program()?;
    let server = match args.resume {
        Some(number) => resume::<V>(number, program)?,
        None => start::<V>(args.port.port, program)?,
    };
    if let Some(file) = args.pid_file {
        fs::write(&file, process::id().to_string())
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    match server
        .run()
        .await
        .context("cannot accept clients any more")? {}
}

fn start<V: Version>(port: u16, program: PathBuf) -> anyhow::Result<Server<V>> {
    let server = Server::new(port, program)
        .with_context(|| format!("cannot listen on port {port}"))?;
    println!("Listening on port {}...", server.addr()?.port());
    Ok(server)
}

// ANCHOR: resume
fn resume<V: Version>(
    number: RawFd,
    program: PathBuf,
) -> anyhow::Result<Server<V>> {
    let (listener, connections) = take_over(number)?;
    let hangups = signal(SignalKind::hangup())?;
    hold_hangups(false)?;
    println!("Upgraded, clients kept: {}", connections.len());
    Ok(Server {
        listener,
        connections,
        hangups,
        program,
    })
}
// ANCHOR_END: resume
