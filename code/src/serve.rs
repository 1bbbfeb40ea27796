//! Accepting clients: the one loop of all servers after Part I.
//!
//! [`serve`] takes a [`Listener`], which is where clients come from, and a
//! handler, which is an async function of one client. What a server limits,
//! logs or counts is not in here: it is a value that the program puts around
//! the listener or into the handler.

use std::{future, io, net::SocketAddr};

use tokio::{
    net::{TcpListener, TcpStream},
    time,
};
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::server::{
    ACCEPT_PAUSE, broke_in_the_queue, says_that_nobody_listens,
};

// ANCHOR: listener
/// Where clients come from.
pub trait Listener: Send {
    /// What a handler is given.
    type Client: Send;

    /// The next client. Trouble that concerns one client only, or passes, is
    /// waited out; an error says that none will come any more.
    ///
    /// # Cancel safety
    ///
    /// No client may be lost if the future is dropped while it waits.
    fn accept(
        &mut self,
    ) -> impl Future<Output = io::Result<Self::Client>> + Send;
}
// ANCHOR_END: listener

// ANCHOR: tcp
impl Listener for TcpListener {
    type Client = (TcpStream, SocketAddr);

    async fn accept(&mut self) -> io::Result<Self::Client> {
        loop {
            match TcpListener::accept(self).await {
                Ok(client) => return Ok(client),
                Err(error) => pass_over(error).await?,
            }
        }
    }
}

/// Returns when it makes sense to accept again after an error. Returns the
/// error if it never does.
pub async fn pass_over(error: io::Error) -> io::Result<()> {
    if says_that_nobody_listens(&error) {
        return Err(error);
    }
    warn!(%error, "cannot accept a client");
    if !broke_in_the_queue(&error) {
        time::sleep(ACCEPT_PAUSE).await;
    }
    Ok(())
}
// ANCHOR_END: tcp

/// Serves each client of the listener in a task of its own.
///
/// Nothing happens before [`Serve::run`].
pub fn serve<L, H, F>(listener: L, handler: H) -> Serve<L, H>
where
    L: Listener,
    H: FnMut(L::Client) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let (stop, tasks) = (future::pending(), TaskTracker::new());
    Serve {
        listener,
        handler,
        stop,
        tasks,
    }
}

/// A server that has not begun; [`serve`] makes it.
#[must_use = "nobody is served before `run` is called"]
#[derive(Debug)]
pub struct Serve<L, H, S = future::Pending<()>> {
    listener: L,
    handler: H,
    stop: S,
    tasks: TaskTracker,
}

impl<L, H, S> Serve<L, H, S> {
    /// Accepts clients until `stop` is done. The conversations go on.
    pub fn with_graceful_shutdown<T>(self, stop: T) -> Serve<L, H, T>
    where
        T: Future,
    {
        let Serve {
            listener,
            handler,
            tasks,
            ..
        } = self;
        Serve {
            listener,
            handler,
            stop,
            tasks,
        }
    }

    /// Has the conversations tracked by `tasks`, so that the caller can wait
    /// for their ends.
    pub fn tracked_by(self, tasks: &TaskTracker) -> Serve<L, H, S> {
        let tasks = tasks.clone();
        Serve { tasks, ..self }
    }

    /// Accepts clients, and returns what `stop` has given. The listener is
    /// gone then, and with it those who wait in its queue.
    ///
    /// # Errors
    ///
    /// The error of the listener, if no client can come any more.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the listener, as `stop` does.
    // ANCHOR: run
    pub async fn run<F>(self) -> io::Result<S::Output>
    where
        L: Listener,
        H: FnMut(L::Client) -> F,
        F: Future<Output = ()> + Send + 'static,
        S: Future,
    {
        let Serve {
            mut listener,
            mut handler,
            stop,
            tasks,
        } = self;
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                biased;
                stopped = &mut stop => return Ok(stopped),
                client = listener.accept() => {
                    tasks.spawn(handler(client?));
                }
            }
        }
    }
    // ANCHOR_END: run
}

#[cfg(test)]
mod tests;
