//! The rooms that are measured: each a process of its own.

use std::{env, ffi::OsString, net::SocketAddr, path::PathBuf};

use anyhow::{Result, bail};
use tempfile::TempDir;
use tokio::{
    process::Command,
    time::{Duration, timeout},
};

use crate::{
    floor::FLOOR,
    guarded::{Guarded, beside},
};

/// No answer takes this long.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A room that can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The book's, with its limits, its counters and its log.
    Chat,
    /// `code/peers/room.exs`
    Elixir,
    /// `code/peers/room.go`
    Go,
    /// No room, only sockets: what is left when a room costs nothing.
    Floor,
}

impl Kind {
    /// All rooms, in the order of the table.
    pub const ALL: [Kind; 4] =
        [Kind::Chat, Kind::Elixir, Kind::Go, Kind::Floor];

    /// What the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Chat => "`chat`",
            Kind::Elixir => "Elixir",
            Kind::Go => "Go",
            Kind::Floor => "no room, only sockets",
        }
    }

    /// The program without which there is no such room here.
    fn tool(self) -> Option<&'static str> {
        match self {
            Kind::Chat | Kind::Floor => None,
            Kind::Elixir => Some("elixir"),
            Kind::Go => Some("go"),
        }
    }

    /// Whether this machine has what it takes.
    pub fn is_installed(self) -> bool {
        let path = env::var_os("PATH").unwrap_or_default();
        let has =
            |tool| env::split_paths(&path).any(|f| f.join(tool).is_file());
        self.tool().is_none_or(has)
    }

    /// The command that starts it for so many members, on any free port.
    async fn command(self, members: usize, folder: &TempDir) -> Result<Words> {
        let words: Words = match self {
            Kind::Chat => vec![
                beside("chat")?.into(),
                "0".into(),
                "--metrics-port=0".into(),
                format!("--clients={members}").into(),
                format!("--per-address={members}").into(),
            ],
            Kind::Elixir => {
                vec!["elixir".into(), source("room.exs").into(), "0".into()]
            }
            Kind::Go => {
                let program = folder.path().join("room");
                build_go(&program).await?;
                vec![program.into(), "0".into()]
            }
            Kind::Floor => vec![env::current_exe()?.into(), FLOOR.into()],
        };
        Ok(words)
    }
}

type Words = Vec<OsString>;

/// A room that runs. It ends when this is dropped.
pub struct Peer {
    pub addr: SocketAddr,
    pub process: u32,
    _room: Guarded,
    _folder: TempDir,
}

impl Peer {
    /// Starts a room for so many members.
    pub async fn start(kind: Kind, members: usize) -> Result<Peer> {
        let folder = tempfile::tempdir()?;
        let words = kind.command(members, &folder).await?;
        let room = Guarded::start(words).await?;
        Ok(Peer {
            addr: room.addr,
            process: room.process,
            _room: room,
            _folder: folder,
        })
    }
}

/// A file of another language.
fn source(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    folder.join("peers").join(name)
}

async fn build_go(program: &PathBuf) -> Result<()> {
    let building = Command::new("go")
        .arg("build")
        .arg("-o")
        .args([program, &source("room.go")])
        .kill_on_drop(true)
        .status();
    match timeout(LIMIT * 5, building).await?? {
        status if status.success() => Ok(()),
        status => bail!("go build: {status}"),
    }
}
