//! fails: it_is_a_task_of_its_own
//!
//! So often and no more: a task that begins again when it panics, but not for
//! ever.

use std::{
    any::Any,
    error::Error,
    fmt,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
    time::Duration,
};

use tokio::time::{Instant, sleep};

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
        let Err(error) = catch(start()).await else {
            return Ok(());
        };
        let now = Instant::now();
        recent.retain(|panic| now - *panic <= within);
        recent.push(now);
        if recent.len() > restarts {
            let message = message(error);
            return Err(GaveUp { message });
        }
        if now - begun >= within {
            pause = SHORTEST;
        }
        sleep(pause).await;
        pause = LONGEST.min(pause * 2);
    }
}

type Panic = Box<dyn Any + Send>;

/// Runs the future, and returns its panic.
async fn catch(future: impl Future<Output = ()>) -> Result<(), Panic> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let poll = AssertUnwindSafe(|| future.as_mut().poll(cx));
        match catch_unwind(poll) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => Poll::Ready(Ok(())),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    })
    .await
}

/// What a panic has said.
fn message(panic: Panic) -> String {
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
