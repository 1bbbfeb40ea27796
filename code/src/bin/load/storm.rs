//! Clients that come, send one message, get it back, and go.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::{
    args::Args,
    crowd::{Crowd, Manner},
    poller::{MOMENT, Poller},
    progress::Progress,
    report::{Report, Storm},
};

/// So many are there at a time.
pub const AT_ONCE: usize = 100;

/// A storm that is not over after this time is called off.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// So many close their connections as one does. The system keeps the port of
/// each for a minute, and has 16,384 of them or more. So the clients after
/// these break off their connections.
const POLITE: usize = 10_000;

/// Has so many clients come and go, and prints how long it took.
///
/// # Errors
///
/// When a client did not get its message back.
pub fn run(args: &Args, server: SocketAddr, clients: u32) -> Result<()> {
    let manner = Manner::Visit { polite: POLITE };
    let mut crowd = Crowd::new(server, args.size.get(), manner)?;
    let took = pass(&mut crowd, clients as usize, args.duration())?;
    Report::Storm(Storm {
        asked: clients,
        served: crowd.served,
        seconds: took.as_secs_f64(),
        lost: u64::from(clients) - crowd.served,
    })
    .print(args.json)?;
    crowd.tally.verdict()
}

/// Returns when the last has gone, or the time is over.
fn pass(
    crowd: &mut Crowd,
    clients: usize,
    duration: Duration,
) -> io::Result<Duration> {
    let mut poller = Poller::new()?;
    let mut progress = Progress::new("clients", clients as u64);
    let start = Instant::now();
    loop {
        while crowd.started() < clients && crowd.there() < AT_ONCE {
            crowd.connect(&poller);
        }
        let now = Instant::now();
        if crowd.there() == 0 || now - start > duration {
            break;
        }
        progress.is_at(now, crowd.served);
        for event in poller.wait(MOMENT)? {
            crowd.attend(event);
        }
    }
    crowd.call_off(true);
    Ok(start.elapsed())
}
