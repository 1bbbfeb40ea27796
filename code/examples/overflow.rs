//! Where tasks wait for their turn: `cargo run --example overflow`.
//!
//! A thousand tasks are woken at once, as when a thousand clients say
//! something. A worker keeps only some of them for itself.

use std::{io, sync::Arc};

use tokio::{
    runtime::{Builder, Handle},
    sync::{Barrier, Notify},
};

/// So many tasks are woken at once.
const WOKEN: usize = 1000;

fn main() -> io::Result<()> {
    let shared = Builder::new_multi_thread().worker_threads(1).build()?;
    let waiting = shared.block_on(async { tokio::spawn(wake()).await });
    println!("a worker: {} of {WOKEN} wait outside", waiting?);
    let own = Builder::new_current_thread().build()?;
    let waiting = own.block_on(async { tokio::spawn(wake()).await });
    println!("a thread of its own: {} of {WOKEN} wait outside", waiting?);
    Ok(())
}

/// Wakes all tasks, and returns how many of them wait in the queue that all
/// workers share, before any of them has had its turn.
// ANCHOR: wake
async fn wake() -> usize {
    let (alarm, asleep) =
        (Arc::new(Notify::new()), Arc::new(Barrier::new(WOKEN + 1)));
    for _ in 0..WOKEN {
        let (alarm, asleep) = (alarm.clone(), asleep.clone());
        tokio::spawn(async move {
            let woken = alarm.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            asleep.wait().await;
            woken.await;
        });
    }
    asleep.wait().await;
    while Handle::current().metrics().global_queue_depth() > 0 {
        tokio::task::yield_now().await;
    }
    alarm.notify_waiters();
    Handle::current().metrics().global_queue_depth()
}
// ANCHOR_END: wake
