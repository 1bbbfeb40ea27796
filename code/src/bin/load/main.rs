//! How fast a server echoes: `cargo run --release --bin load`.
//!
//! It connects 50 clients to an echo server on port 8000, has each of them
//! send a message and wait for its echo, over and over, for two seconds. Every
//! byte that comes back is compared. Then it prints how many echoes a second
//! there were, and how long they took: the middle, the slow ones, the slowest.
//! With `--rate` the messages are sent on a fixed schedule instead, and an
//! echo takes from when its message *should* have been sent: so a server that
//! stands still cannot hide it. `--idle` opens clients that say nothing, and
//! `--storm` has clients come and go.
//!
//! It is one thread on `mio`, without a runtime. So it costs about as much as
//! the cheapest of the servers that it measures. In a closed loop it says how
//! much of its processor it took: near 100 %, the load may have been the limit,
//! and not the server. It ends by itself, whatever the server does.

#[cfg(unix)]
mod args;
#[cfg(unix)]
mod client;
#[cfg(unix)]
mod course;
#[cfg(unix)]
mod crowd;
#[cfg(unix)]
mod fault;
#[cfg(unix)]
mod idle;
#[cfg(unix)]
mod opening;
#[cfg(unix)]
mod pattern;
#[cfg(unix)]
mod pin;
#[cfg(unix)]
mod poller;
#[cfg(unix)]
mod progress;
#[cfg(unix)]
mod report;
#[cfg(unix)]
mod schedule;
#[cfg(unix)]
mod storm;
#[cfg(unix)]
mod system;
#[cfg(unix)]
mod tally;

#[cfg(unix)]
fn main() {
    echo::cli::finish(run(&echo::cli::parse()))
}

#[cfg(unix)]
fn run(args: &args::Args) -> anyhow::Result<()> {
    let server = args.server()?;
    if let Some(core) = args.cpu {
        pin::pin(core)?;
    }
    system::allow_files(args.files())?;
    match (args.idle, args.storm) {
        (Some(clients), _) => idle::run(args, server, clients.get()),
        (_, Some(clients)) => storm::run(args, server, clients.get()),
        _ => course::run(args, server),
    }
}

#[cfg(not(unix))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("it counts on sockets as Unix has them")
}
