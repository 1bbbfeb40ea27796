//! Accepting clients, until a signal asks for new code.

use std::{
    convert::Infallible,
    io, mem,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use anyhow::Context;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{mpsc, watch},
    task, time,
};
use tokio_util::task::TaskTracker;

use super::{
    Version,
    connection::Connection,
    handover::{Handover, Inherited, MOST},
    log::say,
    requests::Requests,
    successor,
};
use crate::serve::{Listener, pass_over, serve};

// ANCHOR: backlog
/// How many clients may wait to be accepted. While the program is changed
/// nobody accepts, and a queue that is full makes clients wait longer.
const BACKLOG: u32 = 4096;
// ANCHOR_END: backlog

/// How long all conversations together may take to stop. Each has to be run
/// once, which takes no time unless one of them computes, or is stuck.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// A server with its listening socket and its clients.
#[derive(Debug)]
pub struct Server<V> {
    listener: TcpListener,
    requests: Requests,
    program: PathBuf,
    /// The conversations that are at rest.
    connections: Vec<Connection<V>>,
    /// Those that are going on, each in a task.
    tasks: TaskTracker,
    /// They go on until this is dropped.
    stop: watch::Sender<()>,
    /// Where they are put when they are stopped.
    stopped: mpsc::UnboundedSender<Connection<V>>,
    /// Where they are taken from.
    resting: mpsc::UnboundedReceiver<Connection<V>>,
}

impl<V: Version> Server<V> {
    /// A server without clients, on a port of 127.0.0.1. When it is requested,
    /// it will become the program at this path.
    ///
    /// # Errors
    ///
    /// When the port cannot be bound.
    pub fn new(
        port: u16,
        requests: Requests,
        program: PathBuf,
    ) -> io::Result<Server<V>> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
        let listener = socket.listen(BACKLOG)?;
        Ok(Server::with(listener, Vec::new(), requests, program))
    }

    /// A server that goes on where the last program has stopped.
    ///
    /// # Errors
    ///
    /// When the listening socket is of no use. A client whose socket is of no
    /// use is left out.
    pub fn resume(
        inherited: Inherited<V>,
        requests: Requests,
        program: PathBuf,
    ) -> io::Result<Server<V>> {
        let listener = TcpListener::from_std(inherited.listener)?;
        let mut connections = Vec::new();
        for (socket, state) in inherited.clients {
            match TcpStream::from_std(socket) {
                Ok(socket) => connections.push(Connection { socket, state }),
                Err(error) => say(format_args!("Lost a client: {error}")),
            }
        }
        Ok(Server::with(listener, connections, requests, program))
    }

    fn with(
        listener: TcpListener,
        connections: Vec<Connection<V>>,
        requests: Requests,
        program: PathBuf,
    ) -> Server<V> {
        let (stopped, resting) = mpsc::unbounded_channel();
        Server {
            listener,
            requests,
            program,
            connections,
            tasks: TaskTracker::new(),
            stop: watch::Sender::new(()),
            stopped,
            resting,
        }
    }

    /// The address that clients connect to.
    ///
    /// # Errors
    ///
    /// When the operating system does not tell.
    pub fn addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// How many conversations are at rest, and how many bytes they have.
    pub fn at_rest(&self) -> (usize, usize) {
        let bytes = self.connections.iter().map(|one| one.state.bytes());
        (self.connections.len(), bytes.sum())
    }

    /// Serves clients until the listening socket fails, or the process has
    /// become another program.
    ///
    /// # Errors
    ///
    /// The error of the listening socket.
    // ANCHOR: run
    pub async fn run(mut self) -> io::Result<Infallible> {
        loop {
            self.serve_until_asked().await?;
            let Err(error) = self.upgrade().await;
            say(format_args!("Cannot upgrade, going on: {error:#}"));
        }
    }
    // ANCHOR_END: run

    /// Serves the clients that it has and those that come, until somebody asks
    /// for new code.
    // ANCHOR: serve_until_asked
    async fn serve_until_asked(&mut self) -> io::Result<()> {
        let handler = |connection: Connection<V>| {
            let (stop, stopped) = (self.stop.subscribe(), self.stopped.clone());
            async move {
                if let Some(connection) = connection.serve(stop).await {
                    // The server is there as long as its program.
                    let _ = stopped.send(connection);
                }
            }
        };
        for connection in mem::take(&mut self.connections) {
            self.tasks.spawn(handler(connection));
        }
        let (listener, resting) = (&self.listener, &mut self.resting);
        serve(Clients { listener, resting }, handler)
            .tracked_by(&self.tasks)
            .with_graceful_shutdown(self.requests.next())
            .run()
            .await?
    }
    // ANCHOR_END: serve_until_asked

    /// Becomes the new program. So it returns only if that was impossible, and
    /// then all clients are still there.
    // ANCHOR: upgrade
    async fn upgrade(&mut self) -> anyhow::Result<Infallible> {
        self.stop_all().await?;
        let handover = Handover::new(&self.listener, &self.connections);
        let file = task::block_in_place(|| handover.write(MOST))?;
        successor::ask(&self.program, &file).await?;
        successor::become_program(&self.program, &file, handover.sockets())
    }
    // ANCHOR_END: upgrade

    /// Brings all conversations to rest, or as many as stop in time.
    // ANCHOR: stop_all
    async fn stop_all(&mut self) -> anyhow::Result<()> {
        self.stop = watch::Sender::new(());
        self.tasks.close();
        let all = time::timeout(STOP_LIMIT, self.tasks.wait()).await;
        while let Ok(connection) = self.resting.try_recv() {
            self.connections.push(connection);
        }
        all.context("a conversation does not stop")
    }
    // ANCHOR_END: stop_all
}

/// Where the conversations come from: they are new, or they were asked to stop
/// and took too long, and go on.
// ANCHOR: clients
struct Clients<'a, V> {
    listener: &'a TcpListener,
    resting: &'a mut mpsc::UnboundedReceiver<Connection<V>>,
}

impl<V: Version> Listener for Clients<'_, V> {
    type Client = Connection<V>;

    async fn accept(&mut self) -> io::Result<Connection<V>> {
        loop {
            let accepted = tokio::select! {
                Some(connection) = self.resting.recv() => return Ok(connection),
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((socket, _)) => return Ok(Connection::new(socket)),
                Err(error) => {
                    say(format_args!("Error accepting a client: {error}"));
                    pass_over(error).await?;
                }
            }
        }
    }
}
// ANCHOR_END: clients

#[cfg(test)]
mod tests;
