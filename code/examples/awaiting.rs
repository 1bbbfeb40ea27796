//! What takes the place of `Task.async` and `Task.await`: a task, and its
//! handle.
//!
//! It says nothing. It fails if what it checks does not hold.

use std::{future::pending, panic::resume_unwind, time::Duration};

use tokio::{sync::oneshot, time::timeout};
use tokio_util::task::AbortOnDropHandle;

/// As long as `Task.await` waits.
const PATIENCE: Duration = Duration::from_secs(5);

// ANCHOR: answer
async fn answer<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, &'static str> {
    let task = AbortOnDropHandle::new(tokio::spawn(work));
    match timeout(PATIENCE, task).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) => Err("it has panicked"),
        Err(_) => Err("it takes too long"),
    }
}
// ANCHOR_END: answer

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    assert_eq!(answer(async { 6 * 7 }).await, Ok(42));
    let crashed: Result<(), _> = answer(async { crash() }).await;
    assert_eq!(crashed, Err("it has panicked"));

    let (held, gone) = oneshot::channel::<()>();
    let slow = async move {
        let _held = held;
        pending::<()>().await
    };
    assert_eq!(answer(slow).await, Err("it takes too long"));
    assert!(gone.await.is_err(), "nobody waits, so it is aborted");

    // A handle alone lets its task go on.
    let (held, gone) = oneshot::channel();
    drop(tokio::spawn(async move { held.send("done") }));
    assert_eq!(gone.await, Ok("done"));
}

/// Panics, without a word on the screen.
fn crash() -> ! {
    resume_unwind(Box::new("a bug"))
}
