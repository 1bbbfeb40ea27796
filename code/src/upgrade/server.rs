//! Accepting clients, until a signal asks for new code.

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    task::JoinSet,
    time,
};

use super::{
    Version,
    connection::Connection,
    handover::{self, Handover},
};
use crate::server::{ACCEPT_PAUSE, concerns_one_client, is_shortage};

// ANCHOR: backlog
/// How many clients may wait to be accepted. While the program is changed
/// nobody accepts, and a queue that is full makes clients wait longer.
const BACKLOG: u32 = 4096;
// ANCHOR_END: backlog

/// A server with its listening socket and its clients.
#[derive(Debug)]
pub struct Server<V> {
    pub(super) listener: TcpListener,
    pub(super) connections: Vec<Connection<V>>,
    pub(super) hangups: Signal,
    pub(super) program: PathBuf,
}

impl<V: Version> Server<V> {
    /// A server without clients, on a port of 127.0.0.1. On SIGHUP it will
    /// become the program at this path.
    ///
    /// # Errors
    ///
    /// When the port cannot be bound.
    pub fn new(port: u16, program: PathBuf) -> io::Result<Server<V>> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
        Ok(Server {
            listener: socket.listen(BACKLOG)?,
            connections: Vec::new(),
            hangups: signal(SignalKind::hangup())?,
            program,
        })
    }

    /// The address that clients connect to.
    ///
    /// # Errors
    ///
    /// When the operating system does not tell.
    pub fn addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
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
            self.serve_until_hangup().await?;
            let Err(error) = self.upgrade().await;
            println!("Cannot upgrade, going on: {error:#}");
        }
    }
    // ANCHOR_END: run

    /// Serves the clients that it has and those that come, until SIGHUP. Then
    /// all of them are stopped, and it has them again.
    // ANCHOR: serve_until_hangup
    async fn serve_until_hangup(&mut self) -> io::Result<()> {
        let (stop, stopped) = watch::channel(());
        let mut tasks = JoinSet::new();
        for connection in self.connections.drain(..) {
            tasks.spawn(connection.serve(stopped.clone()));
        }
        loop {
            tokio::select! {
                _ = self.hangups.recv() => break,
                accepted = accept(&self.listener) => {
                    let connection = Connection::new(accepted?);
                    tasks.spawn(connection.serve(stopped.clone()));
                }
                // Whoever has left is not kept.
                Some(_) = tasks.join_next() => {}
            }
        }
        drop(stop);
        while let Some(ended) = tasks.join_next().await {
            // A task that has panicked has lost its client.
            self.connections.extend(ended.ok().flatten());
        }
        Ok(())
    }
    // ANCHOR_END: serve_until_hangup

    /// Becomes the new program. So it returns only if that was impossible, and
    /// then nothing has changed.
    // ANCHOR: upgrade
    async fn upgrade(&self) -> anyhow::Result<Infallible> {
        let handover = Handover::new(&self.listener, &self.connections);
        let file = handover.write()?;
        handover::ask(&self.program, &file).await?;
        handover.become_program(&self.program, &file)
    }
    // ANCHOR_END: upgrade
}

/// The next client. Errors that concern only one client, or pass, are waited
/// out as [`server`](crate::server) does.
async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => return Ok(socket),
            Err(error) if concerns_one_client(&error) => {
                println!("Error accepting a client: {error}");
            }
            Err(error) if is_shortage(&error) => {
                println!("Error accepting a client: {error}; waiting");
                time::sleep(ACCEPT_PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}
