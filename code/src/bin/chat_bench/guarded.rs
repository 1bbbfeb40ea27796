//! A room that runs beside the benchmark, and never longer.

use std::{
    env, ffi::OsString, net::SocketAddr, path::PathBuf, process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tokio::{
    io::{AsyncBufReadExt, BufReader, copy, sink},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// No room takes so long to start.
const START: Duration = Duration::from_secs(60);

/// Runs a command, says its process id, and kills it when the input of this
/// shell ends: that happens however the benchmark ends. The shell then waits
/// for it, as nobody else may do that, and says nothing of it.
const GUARD: &str = r#"
trap '' INT TERM HUP
"$@" < /dev/null & echo "Process $!"
exec > /dev/null 2>&1; cat; kill -9 $!; wait"#;

/// A room that runs. It ends when this is dropped.
pub struct Guarded {
    pub addr: SocketAddr,
    pub process: u32,
    _guard: Child,
}

impl Guarded {
    /// Starts a room by its command, and waits until it listens.
    ///
    /// # Errors
    ///
    /// When it ends, or is silent for a minute.
    pub async fn start(words: Vec<OsString>) -> Result<Guarded> {
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "sh"])
            .args(words)
            .env_remove("RUST_LOG")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = guard.stdout.take().context("it has an output")?;
        let mut log = BufReader::new(stdout);
        let starting = timeout(START, started(&mut log)).await;
        let (process, port) = starting.context("it does not start")??;
        // Nobody reads the rest, and no room is to wait for a full pipe.
        tokio::spawn(async move { copy(&mut log, &mut sink()).await });
        Ok(Guarded {
            addr: ([127, 0, 0, 1], port).into(),
            process,
            _guard: guard,
        })
    }
}

/// Waits until a room says where it listens. Returns its process and its port.
async fn started(log: &mut BufReader<ChildStdout>) -> Result<(u32, u16)> {
    let (mut process, mut port) = (None, None);
    loop {
        let line = next_line(log).await?;
        if let Some(number) = between(&line, "Process ", "\n") {
            process = Some(number.parse()?);
        }
        if let Some(number) = between(&line, "Listening on port ", "...") {
            port = Some(number.parse()?);
        }
        if let (Some(process), Some(port)) = (process, port) {
            return Ok((process, port));
        }
    }
}

async fn next_line(log: &mut BufReader<ChildStdout>) -> Result<String> {
    let mut line = String::new();
    log.read_line(&mut line).await?;
    ensure!(!line.is_empty(), "it has ended");
    Ok(line)
}

fn between<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, line) = line.split_once(before)?;
    Some(line.split_once(after)?.0)
}

/// A program that was built together with this one.
///
/// # Errors
///
/// When it is not there.
pub fn beside(name: &str) -> Result<PathBuf> {
    let path = env::current_exe()?.with_file_name(name);
    ensure!(
        path.exists(),
        "{} is missing: cargo build --release --bins",
        path.display()
    );
    Ok(path)
}
