//! The signal that asks for new code, and how none of them is lost.

use std::{io, thread};

use nix::sys::signal::{SigSet, Signal};
use tokio::sync::oneshot;

/// SIGUSR2, held back.
///
/// What is held back waits, until somebody asks for it, and it waits across
/// exec. So a request that comes while one program becomes another is for the
/// other.
#[derive(Debug)]
pub struct Requests(SigSet);

impl Requests {
    /// Holds the signal back in this thread, and in those that it starts from
    /// now on. A thread that exists already would be ended by the signal, and
    /// the process with it: so this comes before the runtime.
    ///
    /// # Errors
    ///
    /// When the operating system refuses.
    // ANCHOR: hold
    pub fn hold() -> io::Result<Requests> {
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGUSR2);
        signals.thread_block()?;
        Ok(Requests(signals))
    }
    // ANCHOR_END: hold

    /// Takes a request, or waits for one. Several that have come since the
    /// last time are one.
    ///
    /// # Errors
    ///
    /// When the operating system refuses.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: the thread that waits goes on waiting, and takes the
    /// next request from whoever asks later.
    // ANCHOR: next
    pub async fn next(&self) -> io::Result<()> {
        let signals = self.0;
        let (came, comes) = oneshot::channel();
        thread::Builder::new().spawn(move || came.send(signals.wait()))?;
        comes.await.map_err(io::Error::other)??;
        Ok(())
    }
    // ANCHOR_END: next
}
