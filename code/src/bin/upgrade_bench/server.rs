//! The server that is measured: a process of its own.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use echo::files::need_files;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::{Instant, timeout},
};

/// No answer takes this long.
pub const LIMIT: Duration = Duration::from_secs(30);

/// Files that are open besides the clients.
const SPARE: u64 = 100;

/// A server that can be upgraded, in a folder of its own.
pub struct Server {
    pub child: Child,
    log: Lines<BufReader<ChildStdout>>,
    path: PathBuf,
    pub port: u16,
}

/// An upgrade, as the new program tells of it.
pub struct Upgraded {
    /// From the signal to the line in the log.
    pub took: Duration,
    pub clients: usize,
    pub bytes: usize,
}

impl Server {
    pub async fn start(folder: &Path) -> Result<Server> {
        let path = folder.join("server");
        fs::copy(beside("upgradable")?, &path)?;
        let mut child = Command::new(&path)
            .arg("0")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("it has an output")?;
        let mut log = BufReader::new(stdout).lines();
        let line = log.next_line().await?.context("it says its port")?;
        let port = line.trim_end_matches('.').rsplit(' ').next();
        let port = port.unwrap_or_default().parse()?;
        Ok(Server {
            child,
            log,
            path,
            port,
        })
    }

    /// Has it become another program.
    pub async fn upgrade(&mut self, to: &str) -> Result<Upgraded> {
        let new = self.path.with_extension("new");
        fs::copy(beside(to)?, &new)?;
        fs::rename(new, &self.path)?;
        let id = self.child.id().context("the server has ended")?;
        let start = Instant::now();
        kill(Pid::from_raw(id.try_into()?), Signal::SIGUSR2)?;
        let line = timeout(LIMIT, self.log.next_line()).await??;
        let took = start.elapsed();
        let line = line.context("the server has ended")?;
        let kept = line.strip_prefix("Upgraded, clients kept: ");
        let kept = kept.and_then(|kept| kept.split_once(", bytes kept: "));
        let (clients, bytes) = kept.context(line.clone())?;
        Ok(Upgraded {
            took,
            clients: clients.parse()?,
            bytes: bytes.parse()?,
        })
    }

    /// How many lines the server has counted, across all upgrades, as it
    /// says of each client that leaves.
    pub async fn count_lines(&mut self, clients: usize) -> Result<u64> {
        let mut count = 0;
        for _ in 0..clients {
            let line = self.log.next_line().await?;
            let line = line.context("the server has ended")?;
            let (_, after) = line.split_once(" after ").context("what?")?;
            let (lines, _) = after.split_once(" lines").context("what?")?;
            count += lines.parse::<u64>()?;
        }
        Ok(count)
    }
}

/// A program that was built together with this one.
fn beside(name: &str) -> Result<PathBuf> {
    let path = env::current_exe()?.with_file_name(name);
    ensure!(
        path.exists(),
        "{} is missing: cargo build --release --bins",
        path.display()
    );
    Ok(path)
}

/// Allows this process and its children a file for each client.
pub fn make_room(clients: usize) -> Result<()> {
    let files = clients as u64 + SPARE;
    need_files(files, &format!("{clients} clients")).map(drop)
}
