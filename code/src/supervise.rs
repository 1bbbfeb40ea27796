//! Tasks that begin again when they panic, but not for ever.
//!
//! The words are those of Erlang. There are libraries with such supervisors.
//! `kameo`, and `ractor` with `ractor-supervisor`, have children that begin
//! again together with those behind them, but each child is an actor of the
//! library. `task-supervisor` runs any task, and has each begin again alone.
//! `ash-flare` has trees, whose children are all of one type. This one is of our
//! own since it is small enough to be read, and the pauses are by [`backon`].

use std::{
    error::Error, fmt, panic::resume_unwind, pin::Pin, sync::Arc,
    time::Duration,
};

use backon::ExponentialBuilder;
use humantime::format_duration;
use tokio_util::sync::CancellationToken;

mod run;
pub mod watchdog;

use run::{Event, Run};

/// Begins its children, and begins them again when they panic.
///
/// A child that returns is done: there is nothing to repair. In Erlang such a
/// child is called transient.
// ANCHOR: supervisor
pub struct Supervisor {
    children: Vec<Child>,
    strategy: Strategy,
    intensity: Intensity,
    pauses: ExponentialBuilder,
}

/// Who begins again when a child panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// The child.
    OneForOne,
    /// The child, and those that stand after it, since they rely on it.
    RestForOne,
}

/// So many restarts within such a time are borne, and not one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Intensity {
    /// How many, of all children together.
    pub restarts: usize,
    /// In which time. One that is exactly as old still counts.
    pub within: Duration,
}
// ANCHOR_END: supervisor

struct Child {
    name: String,
    start: Start,
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What makes a child's task, given how it is asked to end.
type Start = Arc<dyn Fn(CancellationToken) -> Task + Send + Sync>;

impl Supervisor {
    /// A supervisor without children. Before a child begins again it waits for
    /// 100 ms, for twice as long with each recent restart of any child, up to
    /// 10 s, and for up to as long again, by chance.
    // ANCHOR: pauses
    pub fn new(strategy: Strategy, intensity: Intensity) -> Supervisor {
        let pauses = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(10))
            .with_jitter()
            .without_max_times();
        Supervisor {
            children: Vec::new(),
            strategy,
            intensity,
            pauses,
        }
    }
    // ANCHOR_END: pauses

    /// Other pauses. Together they must be shorter than the time of the
    /// intensity, or it is never reached. How often is not their business, so a limit to that
    /// is taken away.
    pub fn pausing(self, pauses: ExponentialBuilder) -> Supervisor {
        let pauses = pauses.without_max_times().with_total_delay(None);
        Supervisor { pauses, ..self }
    }

    /// One more child, which begins after those before it. They do not have to
    /// be ready then: who needs another one has to ask it.
    ///
    /// It is ended where it waits. What it must put in order at its end has to
    /// be in a `Drop`.
    pub fn child<S, F>(self, name: &str, start: S) -> Supervisor
    where
        S: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let start = Arc::new(start);
        self.with(name, move |stop| {
            let start = start.clone();
            Box::pin(async move {
                // In here, since it may be `start` itself that panics.
                stop.run_until_cancelled(async { start().await }).await;
            })
        })
    }

    /// A supervisor as a child of this one. When it gives up, that is a panic
    /// of this child.
    pub fn supervisor(self, name: &str, below: Supervisor) -> Supervisor {
        let below = Arc::new(below);
        self.with(name, move |stop| {
            let below = below.clone();
            Box::pin(async move {
                if let Err(gave_up) = below.run_until(&stop).await {
                    // It has been told already, so without the panic's hook.
                    resume_unwind(Box::new(gave_up.to_string()));
                }
            })
        })
    }

    fn with(
        mut self,
        name: &str,
        start: impl Fn(CancellationToken) -> Task + Send + Sync + 'static,
    ) -> Supervisor {
        let (name, start) = (name.to_owned(), Arc::new(start));
        self.children.push(Child { name, start });
        self
    }

    /// Runs the children until all of them have returned.
    ///
    /// # Errors
    ///
    /// When they have panicked too often. They are ended by then, the last one
    /// first.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends all children where they wait. Nobody waits for
    /// their ends, and they have no order.
    pub async fn run(&self) -> Result<(), GaveUp> {
        self.run_until(&CancellationToken::new()).await
    }

    /// The same, until `stop`. Then the children are ended, the last one first,
    /// each when the one after it has ended.
    ///
    /// # Errors
    ///
    /// As for [`Supervisor::run`].
    pub async fn run_until(
        &self,
        stop: &CancellationToken,
    ) -> Result<(), GaveUp> {
        let mut run = Run::begin(self);
        while let Some(next) = stop.run_until_cancelled(run.next()).await {
            match next {
                None => return Ok(()),
                Some((place, Event::Due)) => run.start(place),
                Some((place, Event::Ended(Ok(())))) => run.is_done(place),
                Some((place, Event::Ended(Err(error)))) => {
                    run.restart(place, error).await?;
                }
            }
        }
        run.end_from(0).await;
        Ok(())
    }
}

/// Why a supervisor has ended before its children were done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GaveUp {
    /// The child that has panicked once too often.
    pub child: String,
    /// With this message.
    pub message: String,
    /// What was borne until then.
    pub intensity: Intensity,
}

impl fmt::Display for GaveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Intensity { restarts, within } = self.intensity;
        let (child, within) = (&self.child, format_duration(within));
        let many = if restarts == 1 { "restart" } else { "restarts" };
        write!(f, "{child} has panicked again after {restarts} {many} ")?;
        write!(f, "within {within}: {}", self.message)
    }
}

impl Error for GaveUp {}

#[cfg(test)]
mod tests;
