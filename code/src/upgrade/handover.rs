//! What the old program leaves to the new one: which files are which, and how
//! far each conversation has come.

use std::{
    convert::Infallible,
    fs::File,
    io::{self, BufReader, BufWriter, Seek, Write},
    os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd},
    path::Path,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tokio::{
    net::{TcpListener, TcpStream},
    process::Command,
    time,
};

use super::{
    Version,
    connection::{Connection, State},
    inherit::{execute, hold_hangups, inherit, keep},
};

/// How long the new program may take to read the handover. All clients wait
/// meanwhile.
const CHECK_LIMIT: Duration = Duration::from_secs(2);

/// The argument that asks a program to read a handover, and no more.
pub const CHECK: &str = "--check";

/// The argument that asks a program to go on from a handover.
pub const RESUME: &str = "--resume";

/// What a program says that can read the handover. One that knows nothing of
/// the question may end well, too.
pub const YES: &[u8] = b"yes\n";

/// What is handed over, as it is written.
// ANCHOR: written
#[derive(Debug, Serialize, Deserialize)]
pub struct Written<S> {
    listener: RawFd,
    connections: Vec<(RawFd, S)>,
}
// ANCHOR_END: written

/// What is handed over, with the files that must stay open for it.
pub struct Handover<'a, V> {
    written: Written<&'a State<V>>,
    files: Vec<BorrowedFd<'a>>,
}

impl<'a, V: Version> Handover<'a, V> {
    /// Of a listening socket and its clients.
    pub fn new(
        listener: &'a TcpListener,
        connections: &'a [Connection<V>],
    ) -> Handover<'a, V> {
        let sockets = connections.iter().map(|one| one.socket.as_fd());
        let states = connections
            .iter()
            .map(|one| (one.socket.as_raw_fd(), &one.state));
        Handover {
            files: [listener.as_fd()].into_iter().chain(sockets).collect(),
            written: Written {
                listener: listener.as_raw_fd(),
                connections: states.collect(),
            },
        }
    }

    /// Writes it into a file that has no name, and so leaves nothing behind.
    pub fn write(&self) -> Result<File> {
        let mut file = tempfile::tempfile().context("no file to write to")?;
        let mut writer = BufWriter::new(&mut file);
        serde_json::to_writer(&mut writer, &self.written)?;
        writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        Ok(file)
    }

    /// Becomes the program, which is told where to find the handover. Whatever
    /// goes wrong is undone.
    // ANCHOR: become_program
    pub fn become_program(
        &self,
        program: &Path,
        file: &File,
    ) -> Result<Infallible> {
        let mut kept = self.files.clone();
        kept.push(file.as_fd());
        let number = file.as_raw_fd().to_string();
        let become_it = || {
            hold_hangups(true)?;
            for file in &kept {
                keep(file, true)?;
            }
            execute(program, [RESUME, &*number])
        };
        let failed = become_it();
        for file in kept {
            keep(file, false)?;
        }
        hold_hangups(false)?;
        failed
    }
    // ANCHOR_END: become_program
}

/// Asks a program whether it can read what is written in the file. A program
/// that is missing, cannot be started, or crashes, cannot.
// ANCHOR: ask
pub async fn ask(program: &Path, mut file: &File) -> Result<()> {
    file.rewind()?;
    let mut asking = Command::new(program);
    asking
        .arg(CHECK)
        .stdin(file.try_clone()?)
        .kill_on_drop(true);
    let answer = match time::timeout(CHECK_LIMIT, asking.output()).await {
        Ok(answer) => answer?,
        Err(_) => bail!("the new program does not answer"),
    };
    if !answer.status.success() || answer.stdout != YES {
        let reason = String::from_utf8_lossy(&answer.stderr);
        let (status, reason) = (answer.status, reason.trim());
        bail!("the new program refuses: {status} {reason}");
    }
    file.rewind()?;
    Ok(())
}
// ANCHOR_END: ask

/// Says yes if this program can read a handover.
///
/// # Errors
///
/// What it cannot make sense of.
pub fn check<V: Version>(file: impl io::Read) -> Result<()> {
    let _: Written<State<V>> = serde_json::from_reader(BufReader::new(file))?;
    io::stdout().write_all(YES)?;
    Ok(())
}

/// Takes over what the last program has left in the file of this number.
///
/// # Errors
///
/// When the file cannot be read, or the listening socket is not there. A
/// client that is not there is left out, since the others are.
// ANCHOR: take_over
pub fn take_over<V: Version>(
    number: RawFd,
) -> Result<(TcpListener, Vec<Connection<V>>)> {
    let file = BufReader::new(File::from(inherit(number)?));
    let written: Written<State<V>> = serde_json::from_reader(file)?;
    let listener = inherit(written.listener)?;
    let listener = TcpListener::from_std(listener.into())?;
    let mut connections = Vec::new();
    for (number, state) in written.connections {
        let socket = inherit(number).map(Into::into);
        match socket.and_then(TcpStream::from_std) {
            Ok(socket) => connections.push(Connection { socket, state }),
            Err(error) => println!("Lost a client in the upgrade: {error}"),
        }
    }
    Ok((listener, connections))
}
// ANCHOR_END: take_over
