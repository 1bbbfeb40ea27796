//! The echo server again, with all that has paid in measurements.
//!
//! Each thread has a runtime of its own, and a socket that listens: a
//! [`Core`]. Its clients stay with it, so that no thread waits for another.
//! Nothing is printed of them. A client that says nothing has no buffer: the
//! bytes of all clients of a thread pass through one, which belongs to the
//! thread.
//!
//! `cargo run --release --bin tuned` starts it. Beside `server`, it shows
//! nothing new to its clients; `compare` tells what else has changed.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWriteExt, ReadBuf},
    net::{TcpListener, TcpSocket, TcpStream},
    runtime::{Builder, Runtime},
};

use crate::{serve::serve, server::BUFFER_SIZE};

/// So many connections may wait to be accepted, where
/// [`TcpListener::bind`] asks for 128. Linux allows as many as
/// `net.core.somaxconn` says, and that is 4,096 since version 5.4.
pub const QUEUE: u32 = 4096;

// ANCHOR: core
/// A thread's part of the server.
#[derive(Debug)]
pub struct Core {
    runtime: Runtime,
    listener: TcpListener,
}

impl Core {
    /// Listens on a port of 127.0.0.1, or on a free one if that is 0.
    ///
    /// Other cores can listen on a `shared` port, too. Each client comes to one
    /// of them.
    ///
    /// # Errors
    ///
    /// When the port cannot be bound, or not be shared on this system.
    pub fn listen(port: u16, shared: bool) -> io::Result<Core> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let _inside = runtime.enter();
        let listener = listen(port, shared)?;
        Ok(Core { runtime, listener })
    }

    // ANCHOR_END: core

    /// The address that clients connect to.
    ///
    /// # Errors
    ///
    /// When the system does not tell.
    pub fn addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves clients on this thread.
    ///
    /// # Errors
    ///
    /// When no client can come any more. Otherwise it does not return.
    // ANCHOR: run
    pub fn run(self) -> io::Result<()> {
        // An async function would hold the socket twice, as what it was given,
        // and as its own.
        let serving = serve(self.listener, |(mut socket, _)| async move {
            // Where this fails, answers may come later, and that is all.
            let _ = socket.set_nodelay(true);
            // Whether a client has closed or its wire broke, nobody is told.
            let _ = echo(&mut socket).await;
        });
        self.runtime.block_on(serving.run())
    }
    // ANCHOR_END: run
}

/// Sees to it that nobody listens at a port. Those who share one are not told of each
/// other, so a program asks before its cores do.
///
/// # Errors
///
/// When somebody does, or the port may not be bound.
pub fn must_be_free(port: u16) -> io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(cfg!(unix))?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())
}

// ANCHOR: listen
fn listen(port: u16, shared: bool) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    // On Unix, so that the port is free as soon as a server has ended.
    socket.set_reuseaddr(cfg!(unix))?;
    if shared {
        share(&socket)?;
    }
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    socket.listen(QUEUE)
}

#[cfg(unix)]
fn share(socket: &TcpSocket) -> io::Result<()> {
    socket.set_reuseport(true)
}
// ANCHOR_END: listen

#[cfg(not(unix))]
fn share(_: &TcpSocket) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

// ANCHOR: echo
/// Sends back whatever arrives, until the client closes.
///
/// # Errors
///
/// When the wire breaks.
pub async fn echo(socket: &mut TcpStream) -> io::Result<()> {
    loop {
        let rest = match poll_fn(|cx| poll_echo(socket, cx)).await? {
            Some(rest) => rest,
            None => return Ok(()),
        };
        socket.write_all(&rest).await?;
    }
}
// ANCHOR_END: echo

// ANCHOR: buffer
thread_local! {
    /// Belongs to whoever runs, and to nobody who waits.
    static BUFFER: RefCell<[u8; BUFFER_SIZE]> =
        const { RefCell::new([0; BUFFER_SIZE]) };
}

// ANCHOR_END: buffer

// ANCHOR: poll_echo
/// Sends back what has arrived, as long as there is something. Ready with
/// what the system does not take, or with `None` when the client has closed.
fn poll_echo(
    socket: &mut TcpStream,
    cx: &mut Context<'_>,
) -> Poll<io::Result<Option<Vec<u8>>>> {
    BUFFER.with_borrow_mut(|buffer| {
        loop {
            let mut packet = ReadBuf::new(buffer);
            ready!(Pin::new(&mut *socket).poll_read(cx, &mut packet))?;
            let packet = packet.filled();
            if packet.is_empty() {
                return Poll::Ready(Ok(None));
            }
            let written = write(socket, packet)?;
            if written < packet.len() {
                let rest = packet[written..].to_vec();
                return Poll::Ready(Ok(Some(rest)));
            }
        }
    })
}

// ANCHOR_END: poll_echo

// ANCHOR: write
/// How many bytes the system takes now.
fn write(socket: &TcpStream, packet: &[u8]) -> io::Result<usize> {
    match socket.try_write(packet) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        written => written,
    }
}
// ANCHOR_END: write

#[cfg(test)]
mod tests;
