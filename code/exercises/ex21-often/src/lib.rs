//! So often and no more: a task that begins again when it panics, but not for
//! ever.

use std::{error::Error, fmt, time::Duration};

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
    // TODO: begin it again, so often and no more.
    let _ = (restarts, within);
    let ended = tokio::spawn(start()).await;
    ended.map_err(|error| GaveUp {
        message: error.to_string(),
    })
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
