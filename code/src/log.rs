//! A log that cannot stop the server.
//!
//! The server tells of itself by `tracing`, and a thread of its own writes
//! that down. Between the two is a queue with an end: if nobody reads the log,
//! lines are lost, and the log says how many.

use std::{
    any::Any,
    io::{self, Stdout, Write},
    panic,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::Duration,
};

use anyhow::anyhow;
use clap::ValueEnum;
use serde::Deserialize;
use tokio::time::{self, MissedTickBehavior};
use tracing::{error, level_filters::LevelFilter, warn};
use tracing_appender::non_blocking::{
    ErrorCounter, NonBlockingBuilder, WorkerGuard,
};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// How many lines may wait for a slow reader: a few for each of a thousand
/// clients, and some MB at most.
const WAITING: usize = 16 * 1024;

/// How often the log looks for lines that it has lost.
const LOOK: Duration = Duration::from_secs(1);

/// How long the end of the program may wait for the last lines to be written.
const LAST_LINES: Duration = Duration::from_secs(2);

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

/// A log that has been started. The last lines are written when this is
/// dropped, if they can be.
#[derive(Debug)]
pub struct Log {
    losses: Arc<Losses>,
    thread: Option<WorkerGuard>,
}

/// Starts the log, on standard output. What is logged is chosen by `RUST_LOG`,
/// and is `info` if that says nothing.
///
/// # Errors
///
/// When `RUST_LOG` makes no sense, or there is a log already.
// ANCHOR: start
pub fn start(format: Format) -> anyhow::Result<Log> {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env()
        .map_err(|error| anyhow!("RUST_LOG makes no sense: {error}"))?;
    let failed = Arc::new(AtomicUsize::new(0));
    let (writer, thread) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(WAITING)
        .finish(Output {
            stdout: io::stdout(),
            failed: failed.clone(),
        });
    let losses = Arc::new(Losses::new(writer.error_counter(), failed));
    subscribe(format, filter, writer)?;
    tokio::spawn(look(losses.clone()));
    let thread = Some(thread);
    Ok(Log { losses, thread })
}
// ANCHOR_END: start

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

// ANCHOR: losses
/// The lines that were lost: there was no room, or they could not be written.
#[derive(Debug)]
struct Losses {
    queue: ErrorCounter,
    failed: Arc<AtomicUsize>,
    told: AtomicUsize,
}

impl Losses {
    /// Says how many lines were lost in all, if there are more of them. If
    /// this line is lost, too, there are more of them, so it is said again.
    fn tell(&self) {
        let lost = self.queue.dropped_lines() + self.failed.load(Relaxed);
        if self.told.swap(lost, Relaxed) < lost {
            warn!(lost, "lines of the log are lost");
        }
    }
}
// ANCHOR_END: losses

impl Losses {
    fn new(queue: ErrorCounter, failed: Arc<AtomicUsize>) -> Losses {
        let told = AtomicUsize::new(0);
        Losses {
            queue,
            failed,
            told,
        }
    }
}

async fn look(losses: Arc<Losses>) {
    let mut looks = time::interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        losses.tell();
    }
}

impl Drop for Log {
    /// The thread is ended by another thread. That one may wait without end
    /// for a terminal that stands still, since it complains of it there.
    fn drop(&mut self) {
        self.losses.tell();
        let log = self.thread.take();
        let (ends, end) = mpsc::channel::<()>();
        thread::spawn(move || {
            drop(log);
            drop(ends);
        });
        let _ = end.recv_timeout(LAST_LINES);
    }
}

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

/// Has panics told by the log, which must have been started. Without it each of
/// them is printed beside the log, and where that cannot be printed, nobody
/// hears of it. A filter that lets no errors pass silences them.
// ANCHOR: panics
pub fn panics() {
    panic::set_hook(Box::new(|panic| {
        let message = said(panic.payload());
        match panic.location() {
            Some(place) => error!("panicked at {place}: {message}"),
            None => error!("panicked: {message}"),
        }
    }));
}
// ANCHOR_END: panics

/// What a panic has said: words as they are, or put together from parts.
pub fn said(panic: &(dyn Any + Send)) -> &str {
    match panic.downcast_ref::<String>() {
        Some(words) => words,
        None => panic.downcast_ref().copied().unwrap_or("no message"),
    }
}
