//! An echo server that cuts nobody off: `cargo run --bin drained`.
//!
//! Ctrl-C or SIGTERM has it accept nobody any more, and end when the last
//! conversation has ended. A second one does not wait. Its exit code is 3 if
//! somebody was cut off.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use clap::Parser;
use echo::{
    admission::{Door, Reserve},
    cli, counters,
    drain::{DEFAULT_GRACE, Stop, talk},
    limits::{Limits, Patience},
    log, notify,
    serve::serve,
};
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, debug, info, info_span};

/// Sends back the lines of its clients, and says no to some of them
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    port: cli::Port,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    metrics: cli::MetricsPort,
    /// How a line of the log looks
    #[arg(long, value_enum, default_value_t)]
    log: log::Format,
    /// How long the conversations may take to end
    #[arg(long, default_value_t = DEFAULT_GRACE)]
    grace: Patience,
}

#[tokio::main]
async fn main() {
    cli::finish_stopped(run(cli::parse()).await)
}

// ANCHOR: run
async fn run(args: Args) -> anyhow::Result<usize> {
    let limits = args.limits;
    limits.make_room()?;
    let _log = log::start(args.log)?;
    let (stop, tasks) = (Stop::at_signals()?, TaskTracker::new());
    counters::start(cli::listen(args.metrics.port).await?)?;
    let listener = cli::listen(args.port.port).await?;
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
    Ok(stop.drain(&tasks, args.grace.get()).await)
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
