//! What takes the place of a link: a set of tasks that is dropped when one of
//! them fails.
//!
//! It says nothing. It fails if what it checks does not hold.

use std::{future::pending, panic::resume_unwind};

use tokio::{
    sync::oneshot,
    task::{JoinError, JoinSet},
};

// ANCHOR: linked
async fn linked(mut tasks: JoinSet<()>) -> Result<(), JoinError> {
    while let Some(ended) = tasks.join_next().await {
        // Whoever is left is aborted: `tasks` is dropped.
        ended?;
    }
    Ok(())
}
// ANCHOR_END: linked

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut tasks = JoinSet::new();
    let (held, gone) = oneshot::channel::<()>();
    tasks.spawn(async move {
        let _held = held;
        pending().await
    });
    tasks.spawn(async {});
    tasks.spawn(async { crash() });
    let ended = linked(tasks).await;
    assert!(ended.is_err_and(|error| error.is_panic()));
    assert!(gone.await.is_err(), "the first one has ended, too");

    // Who returns takes nobody along.
    let mut tasks = JoinSet::new();
    tasks.spawn(async {});
    tasks.spawn(async { tokio::task::yield_now().await });
    assert!(linked(tasks).await.is_ok());
}

/// Panics, without a word on the screen.
fn crash() -> ! {
    resume_unwind(Box::new("a bug"))
}
