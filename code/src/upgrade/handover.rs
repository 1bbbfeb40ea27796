//! What the old program leaves to the new one: which files are which, and how
//! far each conversation has come.
//!
//! It is written in MessagePack, which has the names of the fields in it: so a
//! version may have fields that another has not.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    net,
    os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd},
};

use anyhow::{Context, Result, ensure};
use rmp_serde::{decode, encode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::net::TcpListener;

use super::{
    Version,
    connection::{Connection, State},
    log::say,
};
use crate::process::inherit;

/// The number of this way to write a handover down. It changes when a program
/// could misread what another has written.
const FORMAT: u32 = 1;

/// The most that is handed over, in bytes of clients. For a moment they are in
/// memory three times: here, as they are written, and as they are read.
pub const MOST: usize = 512 * 1024 * 1024;

// ANCHOR: written
/// What stands at the beginning. The clients follow, one by one.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: u32,
    listener: RawFd,
    clients: usize,
}

/// A client: the number of its socket, and all that is known of it.
#[derive(Debug, Serialize, Deserialize)]
struct Client<S> {
    socket: RawFd,
    state: S,
}
// ANCHOR_END: written

/// What is handed over, before it is written.
#[derive(Debug)]
pub struct Handover<'a, V> {
    listener: &'a TcpListener,
    connections: &'a [Connection<V>],
}

impl<'a, V: Version> Handover<'a, V> {
    /// Of a listening socket and its clients.
    pub fn new(
        listener: &'a TcpListener,
        connections: &'a [Connection<V>],
    ) -> Handover<'a, V> {
        Handover {
            listener,
            connections,
        }
    }

    /// The sockets that it speaks of.
    pub fn sockets(&self) -> impl Iterator<Item = BorrowedFd<'a>> {
        let clients = self.connections.iter().map(|one| one.socket.as_fd());
        [self.listener.as_fd()].into_iter().chain(clients)
    }

    /// Writes it into a file that is in memory only, and has no name. It is
    /// gone when the last program that has it open is gone.
    ///
    /// # Errors
    ///
    /// When the clients have more than `most` bytes, or there is no memory.
    // ANCHOR: write
    pub fn write(&self, most: usize) -> Result<File> {
        let sizes = self.connections.iter().map(|one| one.state.bytes());
        let bytes: usize = sizes.sum();
        ensure!(bytes <= most, "the clients have {bytes} bytes, over {most}");
        let mut file = BufWriter::new(memory().context("no memory")?);
        let header = Header {
            format: FORMAT,
            listener: self.listener.as_raw_fd(),
            clients: self.connections.len(),
        };
        encode::write_named(&mut file, &header)?;
        for Connection { socket, state } in self.connections {
            let socket = socket.as_raw_fd();
            encode::write_named(&mut file, &Client { socket, state })?;
        }
        file.into_inner().context("no memory")
    }
    // ANCHOR_END: write
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn memory() -> io::Result<File> {
    use nix::sys::memfd::{MFdFlags, memfd_create};

    Ok(memfd_create(c"handover", MFdFlags::MFD_CLOEXEC)?.into())
}

/// Other systems have no files that are in memory only. This one is nameless,
/// and may be on a disk.
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd"
)))]
fn memory() -> io::Result<File> {
    tempfile::tempfile()
}

/// A handover that is being read.
struct Reader<R> {
    input: BufReader<R>,
    header: Header,
}

impl<R: Read> Reader<R> {
    fn new(input: R) -> Result<Reader<R>> {
        let mut input = BufReader::new(input);
        let header: Header = decode::from_read(&mut input)?;
        let format = header.format;
        ensure!(
            format == FORMAT,
            "it is in format {format}, and this program reads {FORMAT}"
        );
        Ok(Reader { input, header })
    }

    fn clients<S: DeserializeOwned>(
        &mut self,
    ) -> impl Iterator<Item = Result<Client<S>, decode::Error>> {
        let input = &mut self.input;
        (0..self.header.clients).map(|_| decode::from_read(&mut *input))
    }
}

/// Finds out whether this version can read a handover.
///
/// # Errors
///
/// What it cannot make sense of.
pub fn check<V: Version>(input: impl Read) -> Result<()> {
    for client in Reader::new(input)?.clients::<State<V>>() {
        client?;
    }
    Ok(())
}

/// Writes a handover in a form that people can read: a line for the server,
/// and one for each client.
///
/// # Errors
///
/// What this version cannot make sense of.
pub fn show<V: Version>(input: impl Read, mut to: impl Write) -> Result<()> {
    let mut reader = Reader::new(input)?;
    writeln!(to, "{:?}", reader.header)?;
    for client in reader.clients::<State<V>>() {
        writeln!(to, "{:?}", client?)?;
    }
    Ok(())
}

/// What the last program has left, and nobody has asked for yet.
#[derive(Debug)]
pub struct Inherited<V> {
    /// The listening socket.
    pub listener: net::TcpListener,
    /// The clients, and how far the conversations with them have come.
    pub clients: Vec<(net::TcpStream, State<V>)>,
}

/// Takes over what the last program has left in the file of this number.
///
/// # Errors
///
/// When the file cannot be read, or the listening socket is not there. A
/// client that is not there is left out, since the others are.
///
/// # Safety
///
/// That of [`inherit`].
// ANCHOR: take_over
#[allow(unsafe_code)]
pub unsafe fn take_over<V: Version>(number: RawFd) -> Result<Inherited<V>> {
    // SAFETY: the caller has promised what `inherit` asks for.
    let inherit = |number: RawFd| unsafe { inherit(number) };
    let mut reader = Reader::new(File::from(inherit(number)?))?;
    let listener = inherit(reader.header.listener)?.into();
    let mut clients = Vec::new();
    for client in reader.clients() {
        let Client { socket, state } = client?;
        match inherit(socket) {
            Ok(socket) => clients.push((socket.into(), state)),
            Err(error) => say(format_args!("Lost a client: {error}")),
        }
    }
    Ok(Inherited { listener, clients })
}
// ANCHOR_END: take_over

#[cfg(test)]
mod tests;
