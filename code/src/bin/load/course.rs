//! The load itself: messages for a while, as fast as they come back or on a
//! schedule.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use crate::{
    args::Args,
    crowd::{Crowd, Manner},
    opening::{self, open},
    poller::{MOMENT, Poller},
    progress::Progress,
    report::{Load, Report},
    schedule::Schedule,
    system::computed,
};

/// What comes back in this time at the beginning does not count, unless there
/// is a schedule: server, system and load are faster once they are warm.
const WARM_UP: Duration = Duration::from_millis(200);

/// So many messages may be unanswered. Those that are due beyond that are sent
/// later; their time counts all the same.
const MOST_PENDING: u64 = 1_000_000;

/// So many messages that are due are sent before answers are read.
const BURST: usize = 256;

/// Opens the connections, has messages sent, and prints what came of it.
///
/// # Errors
///
/// When a client got a wrong byte or was lost, or the system refuses.
pub fn run(args: &Args, server: SocketAddr) -> Result<()> {
    let messages = args.connections.get() * args.pipeline.get();
    ensure!(
        u64::from(messages) <= MOST_PENDING,
        "{messages} messages are too many, {MOST_PENDING} may be unanswered",
    );
    let mut course = Course {
        crowd: Crowd::new(server, args.size.get(), Manner::Wait)?,
        poller: Poller::new()?,
        patience: args.patience,
        progress: None,
    };
    let clients = args.connections.get() as usize;
    open(
        &mut course.crowd,
        &mut course.poller,
        clients,
        opening::PATIENCE,
    )?;
    let length = args.duration().as_millis() as u64;
    course.progress = Some(Progress::new("sending", length));
    let took = match args.rate {
        Some(rate) => course.on_schedule(rate.get(), args.duration())?,
        None => course.in_turns(args.pipeline.get(), args.duration())?,
    };
    course.farewell()?;
    drop(course.progress);
    let tally = course.crowd.tally;
    Report::Load(Load::new(args, &tally, took)).print(args.json)?;
    tally.verdict()
}

struct Course {
    crowd: Crowd,
    poller: Poller,
    /// How long it waits at the end for what is missing.
    patience: Duration,
    progress: Option<Progress>,
}

impl Course {
    /// Each client sends its next message when one is answered. Returns how
    /// long that went on.
    fn in_turns(
        &mut self,
        pipeline: u32,
        duration: Duration,
    ) -> Result<Duration> {
        self.crowd.manner = Manner::Repeat;
        self.crowd.ask_all(pipeline);
        self.until(Instant::now(), WARM_UP, |crowd| crowd.open > 0)?;
        let (start, before) = (Instant::now(), computed()?);
        self.crowd.tally.begin(start);
        self.until(start, duration, |crowd| crowd.open > 0)?;
        let took = start.elapsed();
        self.crowd.tally.close(computed()?.saturating_sub(before));
        self.crowd.manner = Manner::Wait;
        self.rest()?;
        Ok(took)
    }

    /// Messages are sent when they are due, whatever has become of the others.
    /// Returns how long that went on.
    fn on_schedule(
        &mut self,
        rate: u32,
        duration: Duration,
    ) -> Result<Duration> {
        let start = Instant::now();
        let mut schedule = Schedule::new(start, rate, duration);
        self.crowd.tally.begin(start);
        let end = start + duration + self.patience;
        let mut now = start;
        while schedule.next().is_some() && self.crowd.open > 0 && now < end {
            self.send_due(&mut schedule, now);
            self.turn(start, schedule.pause(now, MOMENT))?;
            now = Instant::now();
        }
        self.until(start, duration, |crowd| crowd.open > 0)?;
        let took = start.elapsed();
        self.rest()?;
        let now = Instant::now();
        for (due, count) in schedule.left(now) {
            self.crowd.tally.give_up(due, now, count);
        }
        Ok(took)
    }

    // ANCHOR: send_due
    /// Sends what is due by now, and not too much of it.
    fn send_due(&mut self, schedule: &mut Schedule, now: Instant) {
        for _ in 0..BURST {
            match schedule.next() {
                Some(due)
                    if due <= now
                        && self.crowd.tally.pending < MOST_PENDING =>
                {
                    schedule.advance();
                    self.crowd.ask_next(due);
                }
                _ => return,
            }
        }
    }
    // ANCHOR_END: send_due

    /// Waits for the messages that are still on their way.
    fn rest(&mut self) -> Result<()> {
        let waits = |crowd: &Crowd| crowd.tally.pending > 0;
        self.until(Instant::now(), self.patience, waits)
    }

    /// Nothing more is sent, so nothing more may come.
    fn farewell(&mut self) -> Result<()> {
        self.crowd.part();
        self.until(Instant::now(), self.patience, |crowd| crowd.open > 0)
    }

    /// Lets things happen for so long after `start`, as long as it `goes_on`.
    fn until(
        &mut self,
        start: Instant,
        duration: Duration,
        goes_on: impl Fn(&Crowd) -> bool,
    ) -> Result<()> {
        while goes_on(&self.crowd) {
            let left = duration.saturating_sub(start.elapsed());
            if left.is_zero() {
                break;
            }
            self.turn(start, left.min(MOMENT))?;
        }
        Ok(())
    }

    /// Waits for something to happen, and attends to it.
    fn turn(&mut self, start: Instant, most: Duration) -> Result<()> {
        for event in self.poller.wait(most)? {
            self.crowd.attend(event);
        }
        if let Some(progress) = &mut self.progress {
            let now = Instant::now();
            progress.is_at(now, (now - start).as_millis() as u64);
        }
        Ok(())
    }
}
