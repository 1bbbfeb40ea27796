//! So often and no more: a task that begins again when it panics, but not for
//! ever.

use std::{error::Error, fmt, time::Duration};

use tokio::{
    task::JoinError,
    time::{Instant, sleep},
};
use tokio_util::task::AbortOnDropHandle;

/// The first pause before the task begins again.
pub const SHORTEST: Duration = Duration::from_millis(100);

/// No pause is longer.
pub const LONGEST: Duration = Duration::from_secs(10);

/// Runs the future that `start` makes as a task, until it returns. When it
/// panics, it begins again after a pause. Dropping the future ends the task.
///
/// # Errors
///
/// When the task has panicked more than `restarts` times within `within`.
pub async fn keep_alive<F>(
    restarts: usize,
    within: Duration,
    mut start: impl FnMut() -> F,
) -> Result<(), GaveUp>
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut recent = Vec::new();
    let mut pause = SHORTEST;
    loop {
        let begun = Instant::now();
        let task = AbortOnDropHandle::new(tokio::spawn(start()));
        let Err(error) = task.await else {
            return Ok(());
        };
        if count(&mut recent, within) > restarts {
            return Err(gave_up(error));
        }
        if begun.elapsed() >= within {
            pause = SHORTEST;
        }
        sleep(pause).await;
        pause = LONGEST.min(pause * 2);
    }
}

/// Remembers a panic of this moment. Returns how many are young enough.
fn count(recent: &mut Vec<Instant>, within: Duration) -> usize {
    let now = Instant::now();
    recent.retain(|panic| now - *panic <= within);
    recent.push(now);
    recent.len()
}

fn gave_up(error: JoinError) -> GaveUp {
    let message = message(error);
    GaveUp { message }
}

/// What a panic has said.
fn message(error: JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else {
        return "the runtime has ended it".to_owned();
    };
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => match panic.downcast::<&str>() {
            Ok(message) => (*message).to_owned(),
            Err(_) => "no message".to_owned(),
        },
    }
}

/// Why the task does not begin again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GaveUp {
    /// What its last panic has said.
    pub message: String,
}

impl fmt::Display for GaveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it has panicked too often: {}", self.message)
    }
}

impl Error for GaveUp {}
