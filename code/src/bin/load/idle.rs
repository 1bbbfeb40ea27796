//! Clients that connect and then say nothing.

use std::{
    io,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::{
    args::Args,
    crowd::{Crowd, Manner},
    opening::{self, open},
    poller::{MOMENT, Poller},
    report::{Idle, Report},
};

/// Opens so many connections, prints how long it took, and holds them until the
/// input ends or the time is over.
///
/// # Errors
///
/// When a connection does not come about, or ends while it is held, or when
/// something comes on it.
pub fn run(args: &Args, server: SocketAddr, clients: u32) -> Result<()> {
    let mut crowd = Crowd::new(server, args.size.get(), Manner::Wait)?;
    let mut poller = Poller::new()?;
    let patience = args.duration().min(opening::PATIENCE);
    let took = open(&mut crowd, &mut poller, clients as usize, patience)?;
    Report::Idle(Idle {
        asked: clients,
        open: crowd.open as u32,
        seconds: took.as_secs_f64(),
        lost: crowd.tally.lost + crowd.tally.wrong,
    })
    .print(args.json)?;
    hold(&mut crowd, &mut poller, args.duration())?;
    crowd.tally.verdict()
}

/// Watches the connections. Input that comes is thrown away up to its end.
fn hold(
    crowd: &mut Crowd,
    poller: &mut Poller,
    duration: Duration,
) -> io::Result<()> {
    let start = Instant::now();
    let input = thread::spawn(|| io::copy(&mut io::stdin(), &mut io::sink()));
    while crowd.open > 0 && start.elapsed() < duration && !input.is_finished() {
        for event in poller.wait(MOMENT)? {
            crowd.attend(event);
        }
    }
    Ok(())
}
