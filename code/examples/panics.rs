//! What a panic leaves behind: `cargo run --example panics`.
//!
//! It ends by itself. Each line says first where the panic was: in a task, or
//! under a lock of the standard library or of tokio, or where it was caught. The
//! last one is about tasks that are dropped with their set.

use std::{
    future::pending,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, PoisonError},
};

use echo::log::said;
use tokio::{
    sync::{self, oneshot},
    task::JoinSet,
};

#[tokio::main]
async fn main() {
    // Without this, each panic is printed with its place and its thread, too.
    panic::set_hook(Box::new(|_| {}));
    task().await;
    poisoned().await;
    unpoisoned().await;
    caught().await;
    dropped().await;
}

// ANCHOR: kind
/// What the packet is about, with a bug: a packet may be empty.
async fn kind(packet: &[u8]) -> u8 {
    packet[0]
}
// ANCHOR_END: kind

// ANCHOR: task
async fn task() {
    let (tell, told) = oneshot::channel();
    let other = tokio::spawn(told);
    match tokio::spawn(kind(b"")).await {
        Ok(kind) => println!("task: {kind}"),
        Err(error) => {
            println!("task: has it panicked? {}", error.is_panic());
            if let Ok(panic) = error.try_into_panic() {
                println!("task: {}", said(&*panic));
            }
        }
    }
    // The other task still waits for its word.
    let _ = tell.send("still here");
    if let Ok(Ok(word)) = other.await {
        println!("task: the other one is {word}");
    }
}
// ANCHOR_END: task

// ANCHOR: accounts
/// There are 350 in both together, whatever is given.
#[derive(Debug)]
struct Accounts {
    ann: u8,
    bob: u8,
}

impl Accounts {
    fn give(&mut self, amount: u8) {
        self.ann -= amount;
        self.bob = self.bob.checked_add(amount).expect("too much for bob");
    }
}

const ACCOUNTS: Accounts = Accounts { ann: 100, bob: 250 };
// ANCHOR_END: accounts

// ANCHOR: poisoned
async fn poisoned() {
    let accounts = Arc::new(Mutex::new(ACCOUNTS));
    let theirs = accounts.clone();
    let task = tokio::spawn(async move {
        theirs.lock().map(|mut accounts| accounts.give(10)).is_ok()
    });
    println!("std: has it panicked? {}", task.await.is_err());
    println!("std: is it poisoned? {}", accounts.lock().is_err());
    let accounts = accounts.lock().unwrap_or_else(PoisonError::into_inner);
    println!("std: {accounts:?}");
}
// ANCHOR_END: poisoned

// ANCHOR: unpoisoned
async fn unpoisoned() {
    let accounts = Arc::new(sync::Mutex::new(ACCOUNTS));
    let theirs = accounts.clone();
    let task = tokio::spawn(async move { theirs.lock().await.give(10) });
    println!("tokio: has it panicked? {}", task.await.is_err());
    println!("tokio: {:?}", accounts.lock().await);
}
// ANCHOR_END: unpoisoned

// ANCHOR: caught
async fn caught() {
    let task = tokio::spawn(async {
        let mut accounts = ACCOUNTS;
        // The promise that `accounts` is good after a panic. It is not kept.
        let giving = AssertUnwindSafe(|| accounts.give(10));
        if let Err(panic) = panic::catch_unwind(giving) {
            println!("caught: {}", said(&*panic));
        }
        println!("caught: {accounts:?}");
    });
    println!("caught: has it panicked? {}", task.await.is_err());
}
// ANCHOR_END: caught

async fn dropped() {
    let (held, gone) = oneshot::channel::<()>();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let _held = held;
        pending::<()>().await
    });
    drop(tasks);
    // The task would hold its end for ever.
    println!("dropped: has it ended? {}", gone.await.is_err());
}
