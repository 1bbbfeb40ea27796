//! A client that can be recompiled while it is connected.
//!
//! At a terminal, `cargo run --bin client` takes the line `:reload` for
//! itself. It has cargo build the program anew, and becomes the new program,
//! with the same connection.

use std::{
    convert::Infallible,
    env, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{
        AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt,
    },
    net::tcp::WriteHalf,
};

use crate::{
    client::{Client, server_has_gone},
    server::BUFFER_SIZE,
};

/// The line that is for the client, and not for the server.
pub const RELOAD: &str = ":reload";

/// Why a conversation has paused or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The server has closed the connection.
    Closed,
    /// Somebody has typed [`RELOAD`].
    Reload,
}

/// Sends lines from `input`, and writes what the server sends to `output`,
/// until the server closes the connection or a line is [`RELOAD`].
///
/// At the end of `input` the sending half of the connection is closed.
///
/// # Errors
///
/// An error of `input`, `output` or the connection.
///
/// # Cancel safety
///
/// Not cancel safe: a line that was read may not have been sent.
// ANCHOR: talk
pub async fn talk(
    client: &mut Client,
    mut input: impl AsyncBufRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
) -> io::Result<Ended> {
    let (mut from_server, mut to_server) = client.socket.split();
    let mut reply = [0; BUFFER_SIZE];
    let (mut line, mut more) = (Vec::new(), true);
    loop {
        tokio::select! {
            read = from_server.read(&mut reply) => match read? {
                0 => return Ok(Ended::Closed),
                n => output.write_all(&reply[..n]).await?,
            },
            read = input.read_until(b'\n', &mut line), if more => {
                if read? > 0 && is_reload(&line) {
                    return Ok(Ended::Reload);
                }
                more = send(&mut to_server, &line).await?;
                line.clear();
            }
        }
        output.flush().await?;
    }
}
// ANCHOR_END: talk

fn is_reload(line: &[u8]) -> bool {
    line.trim_ascii_end() == RELOAD.as_bytes()
}

/// Sends a line, or says that there are no more, which is what an empty one
/// means. Returns whether more can be sent.
async fn send(server: &mut WriteHalf<'_>, line: &[u8]) -> io::Result<bool> {
    if line.is_empty() {
        server.shutdown().await?;
        return Ok(false);
    }
    match server.write_all(line).await {
        Err(error) if server_has_gone(&error) => Ok(false),
        sent => sent.map(|()| true),
    }
}

/// Has cargo build the client anew, and becomes it. So it returns only if that
/// was impossible; what the compiler has to say it has said.
///
/// # Errors
///
/// The reason.
// ANCHOR: reload
#[cfg(unix)]
pub fn reload(client: &Client, program: &Path) -> Result<Infallible> {
    use std::os::fd::AsRawFd;

    use crate::upgrade::{execute, keep};

    build()?;
    let socket = client.socket.as_raw_fd().to_string();
    let server = client.socket.peer_addr()?.to_string();
    keep(&client.socket, true)?;
    let failed = execute(program, ["--socket", &*socket, &*server]);
    keep(&client.socket, false)?;
    failed
}
// ANCHOR_END: reload

/// Says that this cannot be done here.
///
/// # Errors
///
/// Always.
#[cfg(not(unix))]
pub fn reload(_: &Client, _: &Path) -> Result<Infallible> {
    anyhow::bail!("Windows cannot replace the program of a process")
}

fn build() -> Result<()> {
    let profile = if cfg!(debug_assertions) {
        "dev"
    } else {
        "release"
    };
    let status = Command::new("cargo")
        .args(["build", "--quiet", "--bin", "client"])
        .args(["--profile", profile])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .context("cannot run cargo")?;
    ensure!(
        status.success(),
        "it does not build, so the old client stays"
    );
    Ok(())
}

/// Where this program is. To be asked at its start: later, cargo may have put
/// a new file in its place, and Linux would say that the old one is deleted.
///
/// # Errors
///
/// When the operating system does not know.
pub fn this_program() -> Result<PathBuf> {
    env::current_exe().context("where is this program?")
}
