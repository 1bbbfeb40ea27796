//! A log that cannot stop the server.
//!
//! The server tells of itself by `tracing`, and a thread of its own writes
//! that down. Between the two is a queue with an end: if nobody reads the log,
//! lines are lost, and the log says how many.

use std::{
    io::{self, Stdout, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use clap::ValueEnum;
use serde::Deserialize;
use tokio::time::{self, MissedTickBehavior};
use tracing::{level_filters::LevelFilter, warn};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// How many lines may wait for a slow reader: a few for each of a thousand
/// clients, and some MB at most.
const WAITING: usize = 16 * 1024;

/// How often the log looks for lines that it has lost.
const LOOK: Duration = Duration::from_secs(1);

/// How a line of the log looks.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// For people
    #[default]
    Human,
    /// For programs: each line is an object of JSON
    Json,
}

/// Starts the log, on standard output. What is logged is chosen by `RUST_LOG`,
/// and is `info` if that says nothing.
///
/// The last lines are written when the guard is dropped, if they can be.
///
/// # Errors
///
/// When `RUST_LOG` makes no sense, or there is a log already.
// ANCHOR: start
pub fn start(format: Format) -> anyhow::Result<WorkerGuard> {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env()?;
    let failed = Arc::new(AtomicUsize::new(0));
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(WAITING)
        .finish(Output {
            stdout: io::stdout(),
            failed: failed.clone(),
        });
    let queue = writer.error_counter();
    subscribe(format, filter, writer)?;
    tokio::spawn(tell_of(move || {
        queue.dropped_lines() + failed.load(Relaxed)
    }));
    Ok(guard)
}
// ANCHOR_END: start

// ANCHOR: subscribe
fn subscribe<W>(
    format: Format,
    filter: EnvFilter,
    writer: W,
) -> anyhow::Result<()>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_target(false)
        .with_ansi(false);
    match format {
        // Whoever collects such lines, like systemd, adds the time.
        Format::Human => lines.without_time().try_init(),
        Format::Json => lines.json().try_init(),
    }
    .map_err(anyhow::Error::from_boxed)
}
// ANCHOR_END: subscribe

/// Says how many lines were lost in all, whenever there are more of them. If
/// this line is lost, too, there are more of them, so it is said again.
// ANCHOR: tell_of
async fn tell_of(losses: impl Fn() -> usize) {
    let mut looks = time::interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = 0;
    loop {
        looks.tick().await;
        let lost = losses();
        if lost > told {
            warn!(lost, "nobody read the log");
            told = lost;
        }
    }
}
// ANCHOR_END: tell_of

/// The standard output, of which each write takes a line or loses it: nobody
/// reads any more, or the disk is full.
// ANCHOR: output
struct Output {
    stdout: Stdout,
    failed: Arc<AtomicUsize>,
}

impl Write for Output {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let written = self.stdout.write_all(line);
        if written.and_then(|()| self.stdout.flush()).is_err() {
            self.failed.fetch_add(1, Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
// ANCHOR_END: output
