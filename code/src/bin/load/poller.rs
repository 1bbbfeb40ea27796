//! Waiting for any of many sockets, by `epoll` or `kqueue`.

use std::{
    io::{self, ErrorKind},
    time::Duration,
};

use mio::{Events, Poll, event::Event};

/// So many sockets may have something to tell at a time.
const EVENTS: usize = 1024;

/// The longest time to wait, so that what depends on the clock is noticed.
pub const MOMENT: Duration = Duration::from_millis(50);

/// What the system watches for us.
pub struct Poller {
    pub poll: Poll,
    events: Events,
}

impl Poller {
    /// Watches nothing yet.
    ///
    /// # Errors
    ///
    /// When the system has no file left for it.
    pub fn new() -> io::Result<Poller> {
        Ok(Poller {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
        })
    }

    /// Waits until something happens, or for so long. A time of zero only
    /// looks, another one is rounded up to milliseconds.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn wait(
        &mut self,
        most: Duration,
    ) -> io::Result<impl Iterator<Item = &Event>> {
        match self.poll.poll(&mut self.events, Some(most)) {
            Ok(()) => {}
            // A signal has come, and nothing else.
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                self.events.clear();
            }
            Err(error) => return Err(error),
        }
        Ok(self.events.iter())
    }
}
