//! Measures all rooms, in turn and in many short rounds.

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use clap::Parser;
use echo::{files::need_files, limits::Count};

use crate::{
    crowd::Crowd,
    gate::CHUNK,
    peer::{Kind, Peer},
    script::Script,
    table::{Figures, Share, table},
};

/// How long a round of saying as much as possible takes, more or less.
const RACE: Duration = Duration::from_millis(500);

/// How often the speaker says something when nobody is in a hurry, in lines a
/// second. All rooms can do with more than this.
pub const PACE: usize = 20;

/// A round of saying something now and then.
const STROLL: usize = 16;

/// The most members: each of four rooms has a socket for each.
const MOST_MEMBERS: u32 = 4000;

/// Files that are open besides the sockets.
const OTHER_FILES: u64 = 200;

/// Measures how fast a room hears one speaker, beside the rooms of others
#[derive(Parser)]
pub struct Args {
    /// How many members hear the speaker, who hears itself too
    #[arg(long, default_value = "1000")]
    members: Count<MOST_MEMBERS>,
    /// How many rounds are counted, of each room
    #[arg(long, default_value = "15")]
    rounds: Count<1000>,
    /// Where the table is written [default: code/results/chat_bench.md]
    #[arg(long)]
    table: Option<PathBuf>,
}

/// Measures, and writes the table.
pub async fn run(args: Args) -> Result<()> {
    let members = args.members.get() as usize;
    allow_sockets(members)?;
    let mut rooms = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_installed()) {
        let room = Measured::start(kind, members);
        rooms.push(room.await.with_context(|| kind.name())?);
    }
    for round in 1..=args.rounds.get() {
        eprintln!("round {round} of {}", args.rounds);
        for room in &mut rooms {
            let name = room.figures.kind.name();
            room.round().await.context(name)?;
        }
    }
    let figures: Vec<_> = rooms.into_iter().map(|room| room.figures).collect();
    let table = table(&figures, members)?;
    print!("{table}");
    let results = concat!(env!("CARGO_MANIFEST_DIR"), "/results/chat_bench.md");
    let file = args.table.unwrap_or_else(|| results.into());
    fs::write(&file, table).with_context(|| file.display().to_string())
}

/// Allows this process and its children a file for each socket.
fn allow_sockets(members: usize) -> Result<()> {
    let sockets = (members + 1) * Kind::ALL.len();
    let files = sockets as u64 + OTHER_FILES;
    need_files(files, &format!("{sockets} sockets")).map(drop)
}

/// A room, and what was measured of it.
struct Measured {
    crowd: Crowd,
    /// So many chunks take about as long as a round should.
    chunks: usize,
    figures: Figures,
}

impl Measured {
    /// Starts a room, and has a first round that is not counted.
    async fn start(kind: Kind, members: usize) -> Result<Measured> {
        eprintln!("{}: {members} members join", kind.name());
        let peer = Peer::start(kind, members + 1).await?;
        let script = Arc::new(Script::new());
        let mut crowd = Crowd::gather(peer, script, members).await?;
        let mut chunks = 2;
        // Programs get faster while they warm up.
        for _ in 0..4 {
            let took = crowd.race(chunks).await?;
            let fitting = chunks as f64 * RACE.div_duration_f64(took);
            chunks = (fitting as usize).clamp(2, chunks * 20);
        }
        let figures = Figures::new(kind);
        Ok(Measured {
            crowd,
            chunks,
            figures,
        })
    }

    async fn round(&mut self) -> Result<()> {
        let before = Share::now(self.crowd.peer.process);
        let took = self.crowd.race(self.chunks).await?;
        let lines = (self.chunks * CHUNK * self.crowd.size()) as f64;
        let used = Share::now(self.crowd.peer.process) - before;
        self.figures.add_race(lines, took, used);
        let period = Duration::from_secs(1) / PACE as u32;
        let delays = self.crowd.stroll(STROLL, period).await?;
        self.figures.add_stroll(delays);
        Ok(())
    }
}
