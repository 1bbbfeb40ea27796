//! A room that may crash: `cargo run --bin supervised`, and a netcat for each.
//!
//! It marks the names of members in what is said, and does that with a bug.
//! When the room crashes it opens again, and nobody has to leave. When it has
//! crashed too often it closes, and the exit code is 1.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use clap::Parser;
use echo::{
    admission::{Door, Reserve},
    chat::{
        converse,
        mailbox::Slow,
        mention,
        room::{Keeper, Room},
    },
    cli, counters,
    drain::{DEFAULT_GRACE, Stop},
    limits::{Limits, Patience},
    log, notify,
    serve::serve,
    supervise::{GaveUp, Intensity, Strategy, Supervisor, watchdog},
};
use tokio::{net::TcpStream, sync::Mutex};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, debug, info, info_span};

/// So many crashes of the room are borne, in such a time.
const INTENSITY: Intensity = Intensity {
    restarts: 3,
    within: Duration::from_secs(60),
};

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
    /// How long the room may give no sign of life before the log warns
    #[arg(long, default_value_t = Patience::from_secs(5))]
    watchdog: Patience,
}

#[tokio::main]
async fn main() {
    cli::finish_stopped(run(cli::parse()).await)
}

async fn run(args: Args) -> anyhow::Result<usize> {
    let limits = args.limits;
    limits.make_room()?;
    let _log = log::start(args.log)?;
    log::panics();
    let (stop, tasks) = (Stop::at_signals()?, TaskTracker::new());
    counters::start(cli::listen(args.metrics.port).await?)?;
    let listener = cli::listen(args.port.port).await?;
    info!("Listening on port {}...", listener.local_addr()?.port());

    let (room, keeper) = Room::new(args.slow);
    watch(&room, args.watchdog);
    let house = House::new(room, limits, &stop);
    notify::ready();
    // ANCHOR: until
    let ended = serve(Reserve::new(listener)?, move |one| house.client(one))
        .tracked_by(&tasks)
        .with_graceful_shutdown(keep_open(keeper, &stop.asked))
        .run()
        .await
        .context("cannot accept clients any more")?;
    let cut = stop.drain(&tasks, args.grace.get()).await;
    ended?;
    Ok(cut)
    // ANCHOR_END: until
}

/// Has the room open until the server stops, or it has crashed too often. Then
/// nobody has its keeper any more, and so it is closed. Its members take what
/// it still has for them.
// ANCHOR: keep_open
async fn keep_open(
    keeper: Keeper,
    asked: &CancellationToken,
) -> Result<(), GaveUp> {
    let supervisor = supervise(keeper.showing(mention::mark));
    let ended = asked.run_until_cancelled(supervisor.run()).await;
    ended.unwrap_or(Ok(()))
}
// ANCHOR_END: keep_open

/// The keeper stays when the child that has it panics: the lock of tokio knows
/// no poisoning, and a panic gives it back.
// ANCHOR: supervise
fn supervise(keeper: Keeper) -> Supervisor {
    let keeper = Arc::new(Mutex::new(keeper));
    Supervisor::new(Strategy::OneForOne, INTENSITY).child("room", move || {
        let keeper = keeper.clone();
        async move { keeper.lock().await.run().await }
    })
}
// ANCHOR_END: supervise

// ANCHOR: watch
fn watch(room: &Room, patience: Patience) {
    let room = room.clone();
    watchdog::start("the room", patience.get(), move || {
        let room = room.clone();
        async move { _ = room.who().await }
    });
}
// ANCHOR_END: watch

/// What each conversation needs.
#[derive(Clone)]
struct House {
    room: Room,
    door: Arc<Door>,
    limits: Limits,
    stop: Stop,
}

impl House {
    fn new(room: Room, limits: Limits, stop: &Stop) -> House {
        House {
            room,
            door: Arc::new(Door::new(&limits)),
            limits,
            stop: stop.clone(),
        }
    }

    fn client(
        &self,
        (socket, peer): (TcpStream, SocketAddr),
    ) -> impl Future<Output = ()> + use<> {
        self.stop
            .cut(client(socket, peer, self.clone()))
            .instrument(info_span!("client", %peer))
    }
}

async fn client(mut socket: TcpStream, peer: SocketAddr, house: House) {
    let _place = match house.door.admit(peer) {
        Ok(place) => place,
        Err(why) => {
            debug!("refused: {why}");
            counters::refused(why);
            return house.door.refuse(&mut socket, &why).await;
        }
    };
    info!("connected");
    // A line shall not wait until the last one is acknowledged.
    let _ = socket.set_nodelay(true);
    let _counted = counters::Conversation::begin();
    let House {
        room, limits, stop, ..
    } = &house;
    let stream = counters::bytes(&mut socket);
    match converse(stream, room, limits, &stop.asked).await {
        Ok(()) => info!("closed"),
        Err(end) => {
            info!("let go: {end}");
            counters::let_go(&end);
            end.tell(&mut socket).await;
        }
    }
}
