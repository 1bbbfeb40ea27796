//! fails: an_end_is_told_when_it_has_come
//!
//! A monitor: anybody may wait for the end of a task, at any time, and hears
//! how it ended.

use std::any::Any;

use tokio::{
    sync::watch,
    task::{AbortHandle, JoinError},
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
    let task = tokio::spawn(future);
    let abort = task.abort_handle();
    let (tell, _) = watch::channel(None);
    let teller = tell.clone();
    tokio::spawn(async move {
        let ended = ended(task.await);
        teller.send_if_modified(|told| told.replace(ended).is_none());
    });
    Watched { tell, abort }
}

/// A task that can be watched. Dropping this does not end it.
#[derive(Debug, Clone)]
pub struct Watched {
    tell: watch::Sender<Option<Ended>>,
    abort: AbortHandle,
}

impl Watched {
    /// Waits until the task has ended, and says how, to each who asks, and at
    /// any time.
    pub async fn ended(&self) -> Ended {
        let mut told = self.tell.subscribe();
        let told = told.wait_for(Option::is_some).await;
        told.ok()
            .and_then(|ended| ended.clone())
            .unwrap_or(Ended::Aborted)
    }

    /// Ends the task where it waits, unless it has ended by then.
    pub fn abort(&self) {
        self.abort.abort();
        self.tell.send_if_modified(|told| {
            told.get_or_insert(Ended::Aborted);
            true
        });
    }
}

fn ended(result: Result<(), JoinError>) -> Ended {
    let Err(error) = result else {
        return Ended::Done;
    };
    match error.try_into_panic() {
        Ok(panic) => Ended::Panicked(message(panic)),
        Err(_) => Ended::Aborted,
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
