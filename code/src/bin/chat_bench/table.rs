//! What was measured, and the table of it.

use std::{
    env::consts::{ARCH, OS},
    fmt::Write,
    fs,
    ops::Sub,
    thread,
    time::Duration,
};

use anyhow::Result;

use crate::{
    gate::{CHUNK, CHUNKS},
    peer::Kind,
    rounds::PACE,
};

/// The time of processors that a room and its members have had.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    room: Duration,
    members: Duration,
}

impl Share {
    /// What a process and this one have had up to now; none where Linux is not
    /// at hand to tell.
    pub fn now(room: u32) -> Share {
        Share {
            room: processor_time(&room.to_string()),
            members: processor_time("self"),
        }
    }
}

impl Sub for Share {
    type Output = Share;

    fn sub(self, before: Share) -> Share {
        Share {
            room: self.room.saturating_sub(before.room),
            members: self.members.saturating_sub(before.members),
        }
    }
}

/// All threads of the process together.
fn processor_time(process: &str) -> Duration {
    let threads = fs::read_dir(format!("/proc/{process}/task"));
    let times = threads
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|thread| {
            let times =
                fs::read_to_string(thread.path().join("schedstat")).ok()?;
            times.split(' ').next()?.parse::<u64>().ok()
        });
    Duration::from_nanos(times.sum())
}

/// What was measured of a room, in each round.
pub struct Figures {
    pub kind: Kind,
    /// Lines delivered in a second.
    rates: Vec<f64>,
    /// Microseconds of a processor for each line that was delivered.
    room_costs: Vec<f64>,
    member_costs: Vec<f64>,
    /// Milliseconds, the worst but one in a hundred.
    delays: Vec<f64>,
}

impl Figures {
    /// Nothing was measured yet.
    pub fn new(kind: Kind) -> Figures {
        Figures {
            kind,
            rates: Vec::new(),
            room_costs: Vec::new(),
            member_costs: Vec::new(),
            delays: Vec::new(),
        }
    }

    /// So many lines were delivered.
    pub fn add_race(&mut self, lines: f64, took: Duration, used: Share) {
        let cost = |time: Duration| time.as_secs_f64() * 1e6 / lines;
        self.rates.push(lines / took.as_secs_f64());
        self.room_costs.push(cost(used.room));
        self.member_costs.push(cost(used.members));
    }

    /// So late were lines that nobody was in a hurry with.
    pub fn add_stroll(&mut self, mut delays: Vec<Duration>) {
        delays.sort_unstable();
        let late = delays.get(delays.len() * 99 / 100);
        let late = late.copied().unwrap_or_default();
        self.delays.push(late.as_secs_f64() * 1e3);
    }
}

/// A table with a row for each room, and what its figures are.
///
/// # Errors
///
/// When the system does not tell how many processors it has.
pub fn table(all: &[Figures], members: usize) -> Result<String> {
    let mut text = String::from(
        "| room | lines delivered in a second | best | of `chat` | \
         p99 of the delay | best | processor for a line, room | members |\n\
         |:--|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for kind in Kind::ALL {
        let row = match all.iter().find(|figures| figures.kind == kind) {
            Some(figures) => row(figures, &all[0]),
            None => "not installed | | | | | |".to_owned(),
        };
        writeln!(text, "| {} | {row} |", kind.name())?;
    }
    writeln!(text, "\n{}", explained(members, all[0].rates.len())?)?;
    Ok(text)
}

/// What the figures are.
fn explained(members: usize, rounds: usize) -> Result<String> {
    let processors = thread::available_parallelism()?;
    let ahead = CHUNK * CHUNKS as usize;
    Ok(format!(
        "{members} members and a speaker, whose lines all of them hear and \
         compare. Lines in a second: the speaker is at most {ahead} lines \
         ahead of the slowest. Delay: {PACE} lines a second, from when a line \
         should have been said. The medians and the bests of {rounds} rounds \
         in turn.\n\n\
         Measured on {OS} ({ARCH}) with {processors} processors, which the \
         members share with the room."
    ))
}

fn row(figures: &Figures, ours: &Figures) -> String {
    let most = figures.rates.iter().copied().fold(0.0, f64::max);
    let least = figures.delays.iter().copied().fold(f64::MAX, f64::min);
    // Rounds in turn had the machine at the same speed.
    let rounds = figures.rates.iter().zip(&ours.rates);
    let part = median(rounds.map(|(theirs, ours)| theirs / ours));
    format!(
        "{:.0} | {most:.0} | {part:.2} | {:.1} ms | {least:.1} ms | \
         {:.2} µs | {:.2} µs",
        median(figures.rates.iter().copied()),
        median(figures.delays.iter().copied()),
        median(figures.room_costs.iter().copied()),
        median(figures.member_costs.iter().copied()),
    )
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}
