//! A room full of people: `cargo run --bin chat`, and a netcat for each.
//!
//! `--slow` chooses what happens to a member who does not take the lines of the
//! others.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use clap::Parser;
use echo::{
    admission::{Door, Reserve},
    chat::{converse, mailbox::Slow, room::Room},
    cli, counters,
    drain::{DEFAULT_GRACE, Stop},
    limits::{Limits, Patience},
    log, notify,
    serve::serve,
};
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, debug, info, info_span};

/// A room in which people talk, each with a netcat
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
    /// What happens to a member who does not take the lines of the others
    #[arg(long, value_enum, default_value_t)]
    slow: Slow,
    /// How long the conversations may take to end
    #[arg(long, default_value_t = DEFAULT_GRACE)]
    grace: Patience,
}

#[tokio::main]
async fn main() {
    cli::finish_stopped(run(cli::parse()).await)
}

async fn run(args: Args) -> anyhow::Result<usize> {
    let limits = args.limits;
    limits.make_room()?;
    let _log = log::start(args.log)?;
    let (stop, tasks) = (Stop::at_signals()?, TaskTracker::new());
    counters::start(cli::listen(args.metrics.port).await?)?;
    let listener = cli::listen(args.port.port).await?;
    info!("Listening on port {}...", listener.local_addr()?.port());

    let (room, mut keeper) = Room::new(args.slow);
    let asked = stop.asked.clone();
    // Who stops closes the room. Its members then take what it has for them.
    tokio::spawn(async move { asked.run_until_cancelled(keeper.run()).await });
    let door = Arc::new(Door::new(&limits));
    let told = stop.clone();
    let handler = move |(socket, peer)| {
        let (room, door, stop) = (room.clone(), door.clone(), told.clone());
        told.cut(client(socket, peer, room, door, limits, stop))
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

async fn client(
    mut socket: TcpStream,
    peer: SocketAddr,
    room: Room,
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
    // A line shall not wait until the last one is acknowledged.
    let _ = socket.set_nodelay(true);
    let _counted = counters::Conversation::begin();
    let stream = counters::bytes(&mut socket);
    match converse(stream, &room, &limits, &stop.asked).await {
        Ok(()) => info!("closed"),
        Err(end) => {
            info!("let go: {end}");
            counters::let_go(&end);
            end.tell(&mut socket).await;
        }
    }
}
