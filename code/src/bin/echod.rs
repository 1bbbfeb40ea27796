//! An echo server for an open network: `cargo run --bin echod`.
//!
//! It is told what to do by a file of settings, `--settings echod.toml`, of
//! which `--check` says whether it makes sense.

use std::{net::SocketAddr, path::PathBuf, process, sync::Arc};

use anyhow::Context;
use clap::Parser;
use echo::{
    admission::{Door, Reserve},
    cli,
    conversation::{End, echo, part},
    counters,
    drain::{CUT_OFF, Stop, Until},
    limits::Limits,
    log, notify,
    serve::serve,
    settings::Settings,
};
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, debug, info, info_span, warn};

/// Sends back the lines of its clients, within the limits of its settings
#[derive(Parser)]
struct Args {
    /// The file with the settings
    #[arg(long, env = "ECHOD_SETTINGS")]
    settings: Option<PathBuf>,
    /// Only says whether the settings make sense
    #[arg(long)]
    check: bool,
}

#[tokio::main]
async fn main() {
    match run(cli::parse()).await {
        Ok(0) => cli::finish(Ok(())),
        Ok(_) => process::exit(CUT_OFF),
        Err(error) => cli::finish(Err(error)),
    }
}

// ANCHOR: run
async fn run(args: Args) -> anyhow::Result<usize> {
    let settings = match args.settings {
        Some(path) => Settings::read(&path)?,
        None => Settings::default(),
    };
    let Settings {
        listen,
        metrics,
        log,
        grace,
        limits,
    } = settings;
    limits.make_room()?;
    if args.check {
        return Ok(0);
    }
    let _log = log::start(log)?;
    let stop = Stop::at_signals()?;
    let counters = cli::listen_at(metrics).await?;
    info!("Counters at {}", counters.local_addr()?);
    counters::start(counters)?;
    let listener = cli::listen_at(listen).await?;
    info!("Listening at {}", listener.local_addr()?);
    if !listen.ip().is_loopback() {
        warn!("whoever can reach this machine can connect");
    }

    let door = Arc::new(Door::new(&limits));
    let told = stop.clone();
    let handler = move |(socket, peer)| {
        let client = client(socket, peer, door.clone(), limits, told.clone());
        told.cut(client).instrument(info_span!("client", %peer))
    };
    let tasks = TaskTracker::new();
    notify::ready();
    serve(Reserve::new(listener)?, handler)
        .tracked_by(&tasks)
        .with_graceful_shutdown(stop.asked.cancelled())
        .run()
        .await
        .context("cannot accept clients any more")?;
    notify::stopping();
    let left = stop.drain(&tasks, grace.get()).await;
    match left {
        0 => info!("all conversations have ended"),
        _ => warn!("cut off: {left}"),
    }
    Ok(left)
}
// ANCHOR_END: run

// ANCHOR: client
async fn client(
    mut socket: TcpStream,
    peer: SocketAddr,
    door: Arc<Door>,
    limits: Limits,
    stop: Stop,
) {
    let _place = match door.admit(peer) {
        Ok(place) => place,
        Err(why) => {
            debug!("refused: {why}");
            counters::refused(why);
            return door.refuse(&mut socket, &why).await;
        }
    };
    info!("connected");
    let _counted = counters::Conversation::begin();
    match talk(&mut socket, &limits, &stop).await {
        Ok(()) => info!("closed"),
        Err(end) => {
            info!("let go: {end}");
            counters::let_go(&end);
            if end.can_be_told() {
                part(&mut socket, &end).await;
            }
        }
    }
}
// ANCHOR_END: client

// ANCHOR: talk
/// Until the client has said all that it has to say, or the server stops.
async fn talk(
    socket: &mut TcpStream,
    limits: &Limits,
    stop: &Stop,
) -> Result<(), End> {
    let mut stream = Until::new(counters::bytes(socket), &stop.asked);
    echo(&mut stream, limits).await?;
    match stream.was_stopped() {
        true => Err(End::Stopping),
        false => Ok(()),
    }
}
// ANCHOR_END: talk
