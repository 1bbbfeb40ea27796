//! The program: serves the book with live terminals, to this machine only.

use std::{
    io::{self, Write},
    net::Ipv4Addr,
    time::Duration,
};

use anyhow::{Context, Result};
use clap::Parser;
use learn::exercise::root;
use mdbook_proof::session::terminal::heed_signals;
use tokio::{
    join,
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    task::spawn_blocking,
    time::timeout,
};

use crate::{Lab, guard::Guard, say, site::router, watch::watch};

/// Where the pages say that the book is.
const PORT: u16 = 3000;

/// How long all processes may take to end, when the lab does. They are killed,
/// so it takes no longer than the system does.
const ENDING: Duration = Duration::from_secs(1);

/// The Echo Server, with live terminals
#[derive(Parser)]
#[command(name = "cargo lab", bin_name = "cargo lab")]
struct Args {
    /// The port; if it is taken, a free one is found
    #[arg(long, default_value_t = PORT)]
    port: u16,
    /// Open the book in a browser
    #[arg(long)]
    open: bool,
    /// How many milliseconds Watch waits before it types
    #[arg(long, default_value_t = 800)]
    pace: u64,
    /// Look for changes instead of being told of them: for network drives
    #[arg(long)]
    poll: bool,
}

/// Does what the command line asks for, until a signal ends it.
///
/// # Errors
///
/// When the book is not here, or cannot be served.
pub fn main() -> Result<()> {
    run(&Args::parse())
}

#[tokio::main]
async fn run(args: &Args) -> Result<()> {
    let root = root()?;
    heed_signals()?;
    let listener = bind(args.port).await?;
    let port = listener.local_addr()?.port();
    let pace = Duration::from_millis(args.pace);
    let lab = Lab::new(root, Guard::new(port)?, pace)?;
    let _watch = watch(lab.clone(), args.poll)?;
    let address = format!("http://localhost:{port}");
    // Who has closed the output knows where the book is.
    let _ = writeln!(io::stdout(), "The book is at {address}");
    if args.open && open::that_detached(&address).is_err() {
        say("There is no browser to open.");
    }
    let served = axum::serve(listener, router(lab.clone()));
    tokio::select! {
        result = served => result.context("cannot serve the book")?,
        result = ended() => result?,
    }
    let checks = lab.clone();
    let checks = spawn_blocking(move || checks.exercises.end());
    let _ = timeout(ENDING, async { join!(lab.plays.end(), checks) }).await;
    Ok(())
}

/// Listens on the port, or on a free one, to this machine only.
async fn bind(port: u16) -> Result<TcpListener> {
    const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
    match TcpListener::bind((HERE, port)).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            say(&format!("Port {port} is taken."));
            TcpListener::bind((HERE, 0)).await
        }
        result => result,
    }
    .context("cannot listen")
}

/// Waits for a signal that ends a program.
async fn ended() -> io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = hangup.recv() => {}
        _ = interrupt.recv() => {}
        _ = quit.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
