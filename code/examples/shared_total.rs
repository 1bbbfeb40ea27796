//! A number that several tasks share, and a set of tasks to wait for.

// ANCHOR: main
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::task::JoinSet;

#[tokio::main]
async fn main() {
    let total = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for bytes in [10, 20, 30] {
        let total = Arc::clone(&total);
        tasks.spawn(async move { total.fetch_add(bytes, Ordering::Relaxed) });
    }
    tasks.join_all().await;
    println!("{} bytes in all", total.load(Ordering::Relaxed));
}
// ANCHOR_END: main
