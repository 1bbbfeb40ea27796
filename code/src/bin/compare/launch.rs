//! A server, started so that nothing but its sockets takes part in what is
//! measured: `compare launch CORE PORT COMMAND...`.
//!
//! The program takes itself for this, as a step between `compare` and a server:
//! it keeps itself on a processor, and becomes the server, which inherits that.
//! The server prints to `/dev/null`. Nobody would read what it prints, and a
//! log for somebody to read would be measured, too. So the port is said here,
//! before the server listens at it.

use std::{
    env,
    ffi::OsString,
    io,
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tokio::{net::TcpSocket, time::sleep};

use crate::{
    guarded::{Guarded, beside},
    pin::pin,
    system,
};

/// The argument that has this program become a server.
pub const LAUNCH: &str = "launch";

/// In place of a processor: the server may use all.
const ANY: &str = "any";

/// No server takes so long until it listens.
const START: Duration = Duration::from_secs(30);

/// Between two tries to connect.
const PAUSE: Duration = Duration::from_millis(5);

/// Another program may take a port that was free a moment ago.
const TRIES: usize = 3;

/// Becomes the server that the arguments name.
///
/// # Errors
///
/// When that is not possible. If it is, this does not return.
pub fn run() -> Result<()> {
    let mut words = env::args_os().skip(2);
    let mut next = || words.next().context("words are missing");
    let (core, port) = (next()?, next()?);
    let program = next()?;
    if core != ANY {
        pin(core.to_string_lossy().parse()?)?;
    }
    println!("Listening on port {}...", port.display());
    let mut command = Command::new(&program);
    command.args(words).stdout(Stdio::null());
    Err(command.exec()).with_context(|| program.display().to_string())
}

/// A server that runs. It ends when this is dropped.
pub struct Launched {
    pub port: u16,
    pub process: u32,
    _server: Guarded,
}

impl Launched {
    /// Starts a server on any free port, and waits until it listens. The
    /// command gets the port. What comes before it keeps to no processor.
    ///
    /// # Errors
    ///
    /// When it ends, or does not listen for half a minute.
    pub async fn start(
        before: &[OsString],
        core: Option<usize>,
        command: impl Fn(u16) -> Result<Vec<OsString>>,
    ) -> Result<Launched> {
        for _ in 0..TRIES {
            let port = free_port()?;
            let mut words = before.to_vec();
            words.extend(launching(core, port)?);
            words.extend(command(port)?);
            let server = Guarded::start(words).await?;
            let launched = Launched {
                port: server.addr.port(),
                process: server.process,
                _server: server,
            };
            if launched.listens().await? {
                return Ok(launched);
            }
        }
        bail!("it ends at once")
    }

    /// Waits until the server listens, or ends.
    async fn listens(&self) -> Result<bool> {
        let start = Instant::now();
        while system::is_running(self.process) {
            let client = a_client()?;
            let is_open = is_open(client, self.port).await?;
            if is_open && system::is_running(self.process) {
                return Ok(true);
            }
            if start.elapsed() > START {
                bail!("it does not listen");
            }
            sleep(PAUSE).await;
        }
        Ok(false)
    }
}

/// What comes before the command of a server.
fn launching(core: Option<usize>, port: u16) -> Result<Vec<OsString>> {
    let core = core.map_or(ANY.to_owned(), |core| core.to_string());
    Ok(vec![
        beside("compare")?.into(),
        LAUNCH.into(),
        core.into(),
        port.to_string().into(),
    ])
}

/// A socket that is to connect, with a port of its own.
fn a_client() -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    Ok(socket)
}

/// Whether somebody listens at a port. If it is the client's own, nobody does,
/// and the client must not connect: it would reach itself.
async fn is_open(client: TcpSocket, port: u16) -> io::Result<bool> {
    if client.local_addr()?.port() == port {
        return Ok(false);
    }
    let connecting = client.connect((Ipv4Addr::LOCALHOST, port).into());
    Ok(connecting.await.is_ok())
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_client_does_not_take_itself_for_a_server() {
        let client = a_client().unwrap();
        let port = client.local_addr().unwrap().port();
        assert!(!is_open(client, port).await.unwrap());
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = server.local_addr().unwrap().port();
        assert!(is_open(a_client().unwrap(), port).await.unwrap());
    }
}
