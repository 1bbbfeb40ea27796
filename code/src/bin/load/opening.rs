//! Opening many connections, some of them at a time.

use std::{
    io,
    time::{Duration, Instant},
};

use crate::{
    crowd::Crowd,
    poller::{MOMENT, Poller},
    progress::Progress,
};

/// So many connections are on their way at a time. It is more than many
/// servers' queues hold, so that a short queue shows.
pub const AT_ONCE: usize = 500;

/// When not all are open after this time, the rest is given up.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Opens so many connections, and returns how long that took.
///
/// # Errors
///
/// When the system does not say what happens to them. A connection that does
/// not come about is a client lost.
pub fn open(
    crowd: &mut Crowd,
    poller: &mut Poller,
    clients: usize,
    patience: Duration,
) -> io::Result<Duration> {
    let start = Instant::now();
    let mut progress = Progress::new("connecting", clients as u64);
    loop {
        while crowd.started() < clients && crowd.on_their_way < AT_ONCE {
            crowd.connect(poller);
        }
        let now = Instant::now();
        if crowd.on_their_way == 0 || now - start > patience {
            break;
        }
        let settled = crowd.started() - crowd.on_their_way;
        progress.is_at(now, settled as u64);
        for event in poller.wait(MOMENT)? {
            crowd.attend(event);
        }
    }
    let took = start.elapsed();
    crowd.call_off(false);
    Ok(took)
}
