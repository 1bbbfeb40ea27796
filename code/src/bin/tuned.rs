//! An echo server for many clients: `cargo run --release --bin tuned`.
//!
//! It prints where it listens, and nothing of its clients. `--threads` says
//! how many threads serve them.

use std::thread;

use anyhow::Context;
use clap::Parser;
use echo::{
    cli,
    files::allow_files,
    limits::Count,
    tuned::{Core, must_be_free},
};

/// The most threads that anybody may ask for.
const MOST_THREADS: u32 = 1024;

/// Sends back whatever its clients send, to as many as the system allows
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    port: cli::Port,
    /// How many threads serve them [default: one for each processor, on Unix]
    #[arg(long)]
    threads: Option<Count<MOST_THREADS>>,
}

fn main() {
    cli::finish(run(&cli::parse()))
}

/// Where a port cannot be shared, a server for each would be no help.
fn processors() -> usize {
    match thread::available_parallelism() {
        Ok(processors) if cfg!(unix) => processors.get(),
        _ => 1,
    }
}

// ANCHOR: run
fn run(args: &Args) -> anyhow::Result<()> {
    allow_files()?;
    let threads = match args.threads {
        Some(threads) => threads.get() as usize,
        None => processors(),
    };
    let port = args.port.port;
    let first = must_be_free(port)
        .and_then(|()| Core::listen(port, threads > 1))
        .with_context(|| format!("cannot listen on port {port}"))?;
    let port = first.addr()?.port();
    for _ in 1..threads {
        let core = Core::listen(port, true)?;
        thread::spawn(|| cli::finish(serve(core)));
    }
    println!("Listening on port {port}...");
    serve(first)
}

/// Serves for as long as clients can come.
fn serve(core: Core) -> anyhow::Result<()> {
    core.run().context("cannot accept clients any more")
}
// ANCHOR_END: run
