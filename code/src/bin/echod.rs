//! An echo server for an open network: `cargo run --bin echod`.
//!
//! It is told what to do by a file of settings, `--settings echod.toml`, of
//! which `--check` says whether it makes sense.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::Context;
use clap::Parser;
use echo::{
    admission::{Door, Reserve},
    cli, counters,
    drain::{Stop, talk},
    limits::Limits,
    log, notify,
    serve::serve,
    settings::Settings,
};
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, debug, info, info_span};

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
    cli::finish_stopped(start(cli::parse()).await)
}

async fn start(args: Args) -> anyhow::Result<usize> {
    let settings = match args.settings {
        Some(path) => Settings::read(&path)?,
        None => Settings::default(),
    };
    if args.check {
        settings.limits.make_room()?;
        return Ok(0);
    }
    run(settings).await
}

// ANCHOR: run
async fn run(settings: Settings) -> anyhow::Result<usize> {
    let limits = settings.limits;
    limits.make_room()?;
    let _log = log::start(settings.log)?;
    let (stop, tasks) = (Stop::at_signals()?, TaskTracker::new());
    counters::start(cli::listen_at(settings.metrics).await?)?;
    let listener = cli::listen_at(settings.listen).await?;
    info!("Listening on port {}...", listener.local_addr()?.port());

    let door = Arc::new(Door::new(&limits));
    let told = stop.clone();
    let handler = move |(socket, peer)| {
        told.cut(client(socket, peer, door.clone(), limits, told.clone()))
            .instrument(info_span!("client", %peer))
    };
    notify::ready();
    serve(Reserve::new(listener)?, handler)
        .tracked_by(&tasks)
        .with_graceful_shutdown(stop.asked.cancelled())
        .run()
        .await
        .context("cannot accept clients any more")?;
    Ok(stop.drain(&tasks, settings.grace.get()).await)
}
// ANCHOR_END: run

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
            end.tell(&mut socket).await;
        }
    }
}
