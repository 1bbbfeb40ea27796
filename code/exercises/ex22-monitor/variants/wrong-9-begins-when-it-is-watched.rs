//! fails: it_runs_though_nobody_watches
//!
//! A monitor: anybody may wait for the end of a task, at any time, and hears
//! how it ended.

use std::{any::Any, panic::AssertUnwindSafe};

use futures_util::{
    FutureExt,
    future::{AbortHandle, Aborted, BoxFuture, Shared, abortable},
};

/// How a task has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It has returned.
    Done,
    /// It has panicked, and said this.
    Panicked(String),
    /// Somebody has ended it where it waited.
    Aborted,
}

/// Runs a future as a task, whether anybody watches it or not.
pub fn spawn<F>(future: F) -> Watched
where
    F: Future<Output = ()> + Send + 'static,
{
    let (task, abort) = abortable(future);
    let task = AssertUnwindSafe(task).catch_unwind();
    Watched {
        ended: task.map(ended).boxed().shared(),
        abort,
    }
}

/// A task that can be watched. Dropping this does not end it.
#[derive(Debug, Clone)]
pub struct Watched {
    ended: Shared<BoxFuture<'static, Ended>>,
    abort: AbortHandle,
}

impl Watched {
    /// Waits until the task has ended, and says how, to each who asks, and at
    /// any time.
    pub async fn ended(&self) -> Ended {
        self.ended.clone().await
    }

    /// Ends the task where it waits, unless it has ended by then.
    pub fn abort(&self) {
        self.abort.abort();
    }
}

type Panic = Box<dyn Any + Send>;

fn ended(result: Result<Result<(), Aborted>, Panic>) -> Ended {
    match result {
        Ok(Ok(())) => Ended::Done,
        Ok(Err(Aborted)) => Ended::Aborted,
        Err(panic) => Ended::Panicked(message(panic)),
    }
}

/// What a panic has said.
pub fn message(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => match panic.downcast::<&str>() {
            Ok(message) => (*message).to_owned(),
            Err(_) => "no message".to_owned(),
        },
    }
}
