//! A client that becomes its own new version, as only Unix can do it.

use std::{
    convert::Infallible,
    io,
    os::fd::{AsFd, AsRawFd, RawFd},
    path::Path,
};

use anyhow::{Context, Result, ensure};
use tokio::{net::TcpStream, process::Command};

use crate::{
    client::Client,
    process::{Kept, execute, inherit},
};

/// Has cargo build the client anew, and becomes it. So it returns only if that
/// was impossible; what the compiler has to say it has said.
///
/// # Errors
///
/// The reason.
// ANCHOR: reload
pub async fn reload(client: &Client, program: &Path) -> Result<Infallible> {
    println!("Building the new client...");
    build().await?;
    let socket = client.socket.as_raw_fd().to_string();
    let server = client.socket.peer_addr()?.to_string();
    let _kept = Kept::new([client.socket.as_fd()])?;
    execute(program, ["--socket", &*socket, &*server])
}
// ANCHOR_END: reload

/// Goes on with the connection that the last program has left open under this
/// number.
///
/// # Errors
///
/// When there is none.
// ANCHOR: resume
#[allow(unsafe_code)]
pub fn resume(number: RawFd) -> io::Result<Client> {
    // SAFETY: this client, like tokio, opens no file without the mark.
    let socket = unsafe { inherit(number) }?;
    let socket = TcpStream::from_std(socket.into())?;
    Ok(Client { socket })
}
// ANCHOR_END: resume

async fn build() -> Result<()> {
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
        .await
        .context("cannot run cargo")?;
    ensure!(
        status.success(),
        "it does not build, so the old client stays"
    );
    Ok(())
}
