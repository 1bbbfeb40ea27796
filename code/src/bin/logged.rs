//! An echo server with a log that cannot stop it: `cargo run --bin logged`.
//!
//! What is logged is chosen by `RUST_LOG`, and `--log json` is for programs.
//! What it counts is told at `http://localhost:9000/metrics`.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use clap::Parser;
use echo::{
    admission::{Door, Reserve},
    cli,
    conversation::echo,
    counters,
    limits::Limits,
    log,
    serve::serve,
};
use tokio::net::TcpStream;
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
}

#[tokio::main]
async fn main() {
    cli::finish(run(cli::parse()).await)
}

// ANCHOR: run
async fn run(args: Args) -> anyhow::Result<()> {
    let limits = args.limits;
    limits.make_room()?;
    let _log = log::start(args.log)?;
    counters::start(cli::listen(args.metrics.port).await?)?;
    let listener = cli::listen(args.port.port).await?;
    info!("Listening on port {}...", listener.local_addr()?.port());

    let door = Arc::new(Door::new(&limits));
    let handler = move |(socket, peer)| {
        client(socket, peer, door.clone(), limits)
            .instrument(info_span!("client", %peer))
    };
    serve(Reserve::new(listener)?, handler)
        .run()
        .await
        .context("cannot accept clients any more")
}
// ANCHOR_END: run

// ANCHOR: client
async fn client(
    mut socket: TcpStream,
    peer: SocketAddr,
    door: Arc<Door>,
    limits: Limits,
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
    let ended = echo(&mut counters::bytes(&mut socket), &limits).await;
    match ended {
        Ok(()) => info!("closed"),
        Err(end) => {
            info!("let go: {end}");
            counters::let_go(&end);
            end.tell(&mut socket).await;
        }
    }
}
// ANCHOR_END: client
