//! `load`, which talks to the servers, and what it says of them.

use std::{ffi::OsString, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// Bytes in each message.
pub const SIZE: u32 = 64;

/// A machine may stand still, and answers be late.
const PATIENCE: &str = "10s";

/// So long after its time at the latest, `load` has ended.
const GRACE: Duration = Duration::from_secs(60);

/// How it is called.
#[derive(Debug, Clone)]
pub struct Loader {
    /// The program, and words that come before all others.
    pub words: Vec<OsString>,
    /// The processor that it keeps to.
    pub core: Option<usize>,
}

/// What clients ask of a server.
#[derive(Debug, Clone, Copy)]
pub struct Talk {
    pub clients: u32,
    pub time: Duration,
    /// Messages a second, over all clients. Without it, each client sends as
    /// soon as it is answered.
    pub rate: Option<u32>,
}

/// What came of a talk.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Echoes {
    /// As long as messages were sent.
    pub seconds: f64,
    /// So many seconds of that a processor was at work for `load`, if the
    /// system tells.
    #[serde(default)]
    pub computed: Option<f64>,
    pub echoes: u64,
    /// Those that came before, while everything warmed up.
    pub warm_up: u64,
    pub per_second: f64,
    pub nanoseconds: Times,
    /// Percentiles, and the nanoseconds that they took.
    pub curve: Vec<(f64, u64)>,
    pub wrong: u64,
    pub lost: u64,
    pub unanswered: u64,
}

/// How long an echo takes.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Times {
    /// The one in the middle, in nanoseconds.
    pub p50: u64,
    /// The slowest but one in a hundred.
    pub p99: u64,
}

/// What came of many silent clients.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Open {
    pub asked: u32,
    pub open: u32,
    pub seconds: f64,
}

/// Silent clients, until this is dropped.
pub struct Holding {
    pub open: Open,
    load: Child,
}

impl Loader {
    /// Has clients talk to a server, and every byte compared.
    ///
    /// # Errors
    ///
    /// When a byte comes back wrong, or a client is lost.
    pub async fn talk(&self, port: u16, talk: Talk) -> Result<Echoes> {
        let mut command = self.command(port, talk.time);
        command.args(["--connections", &talk.clients.to_string()]);
        command.args(["--size", &SIZE.to_string(), "--patience", PATIENCE]);
        if let Some(rate) = talk.rate {
            command.args(["--rate", &rate.to_string()]);
        }
        let running = command.stdin(Stdio::null()).output();
        let output = timeout(talk.time + GRACE, running).await;
        let output = output.context("load does not end")??;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "load: {}", said.trim_end());
        let echoes: Echoes = read(&String::from_utf8(output.stdout)?)?;
        let Echoes {
            wrong,
            lost,
            unanswered,
            ..
        } = echoes;
        ensure!(
            wrong + lost + unanswered == 0,
            "wrong: {wrong}, lost: {lost}, unanswered: {unanswered}"
        );
        Ok(echoes)
    }

    /// Has so many clients come and stay silent. Those who have not come in
    /// time do not count.
    ///
    /// # Errors
    ///
    /// When `load` does not tell of them.
    pub async fn hold(
        &self,
        port: u16,
        clients: u32,
        limit: Duration,
    ) -> Result<Holding> {
        let mut command = self.command(port, limit);
        command.args(["--idle", &clients.to_string()]);
        let mut load = command.stdin(Stdio::piped()).spawn()?;
        let stdout = load.stdout.take().context("it has an output")?;
        let mut line = String::new();
        let mut lines = BufReader::new(stdout);
        let telling = timeout(limit + GRACE, lines.read_line(&mut line));
        telling.await.context("load does not tell")??;
        let open = read(&line)?;
        Ok(Holding { open, load })
    }

    fn command(&self, port: u16, time: Duration) -> Command {
        let mut words = self.words.iter();
        let mut command =
            Command::new(words.next().cloned().unwrap_or_default());
        command
            .args(words)
            .arg(port.to_string())
            .args(["--json", "--duration"])
            .arg(format!("{}ms", time.as_millis()))
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        if let Some(core) = self.core {
            command.args(["--cpu", &core.to_string()]);
        }
        command
    }
}

impl Holding {
    /// Has all clients go, and waits until they are gone.
    ///
    /// # Errors
    ///
    /// When they do not go.
    pub async fn end(mut self) -> Result<()> {
        drop(self.load.stdin.take());
        let ending = timeout(GRACE, self.load.wait()).await;
        ending.context("load does not end")??;
        Ok(())
    }
}

/// The one line that `load` prints.
fn read<T: DeserializeOwned>(line: &str) -> Result<T> {
    if line.trim().is_empty() {
        bail!("load says nothing");
    }
    serde_json::from_str(line).with_context(|| line.trim_end().to_owned())
}

#[cfg(test)]
mod tests;
