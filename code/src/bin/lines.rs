//! A server that understands what it is told: `cargo run --bin lines`.
//!
//! A line is a request: `echo TEXT`, `repeat N TEXT` or `count`. A bad one is
//! answered with an error, and the next one is read as if nothing had happened.
//! It stops as `drained` does. `--line-time` does nothing here, since `--idle`
//! holds for a whole message.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use clap::Parser;
use echo::{
    admission::{Door, Reserve},
    cli, counters,
    drain::{DEFAULT_GRACE, Stop},
    limits::{Limits, Patience},
    log,
    messages::{
        Lines,
        answer::{answer, part},
        request::Reply,
    },
    notify,
    serve::serve,
};
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, debug, info, info_span};

/// Answers requests, each of which is a line
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

/// What a message is on the wire.
// ANCHOR: framing
fn framing(limits: &Limits) -> Lines {
    Lines::no_longer_than(limits.longest_line.get() as usize)
}
// ANCHOR_END: framing

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
            let word = Reply::error(why);
            let telling = part(&mut socket, framing(&limits), word);
            return door.refuse_by(telling).await;
        }
    };
    info!("connected");
    // A short answer shall not wait until the last one is acknowledged.
    let _ = socket.set_nodelay(true);
    let _counted = counters::Conversation::begin();
    let stream = counters::bytes(&mut socket);
    match answer(stream, framing(&limits), &limits, &stop).await {
        Ok(()) => info!("closed"),
        Err(end) => {
            info!("let go: {end}");
            counters::let_go(&end);
            if end.can_be_told() {
                let word = Reply::error(end);
                part(&mut socket, framing(&limits), word).await;
            }
        }
    }
}
