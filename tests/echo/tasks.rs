use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use tokio::{runtime::Runtime, sync::oneshot, task};

use crate::support::within;

/// Two tasks on one thread. The first one takes a hundred turns, and gives way
/// between them or not. Whether the second one ran in the meantime?
async fn second_task_ran(first_gives_way: bool) -> bool {
    let second_ran = Arc::new(AtomicBool::new(false));
    let seen = second_ran.clone();
    let first = tokio::spawn(async move {
        for _ in 0..100 {
            if first_gives_way {
                task::yield_now().await;
            }
        }
        seen.load(SeqCst)
    });
    let second = tokio::spawn(async move { second_ran.store(true, SeqCst) });
    let seen = within("the first task", first).await.unwrap();
    within("the second task", second).await.unwrap();
    seen
}

#[tokio::test]
async fn a_task_that_does_not_await_keeps_the_others_waiting() {
    assert!(!second_task_ran(false).await);
}

#[tokio::test]
async fn a_task_that_awaits_lets_the_others_run() {
    assert!(second_task_ran(true).await);
}

#[tokio::test]
async fn calling_an_async_function_runs_nothing() {
    let ran = AtomicBool::new(false);
    let function = async || ran.store(true, SeqCst);
    let future = function();
    assert!(!ran.load(SeqCst));
    future.await;
    assert!(ran.load(SeqCst));
}

#[tokio::test]
async fn dropping_the_handle_does_not_stop_the_task() {
    let (go, wait) = oneshot::channel();
    let (done, end) = oneshot::channel();
    drop(tokio::spawn(async move {
        wait.await.unwrap();
        done.send("still here").unwrap();
    }));
    go.send(()).unwrap();
    let word = within("the detached task", end).await.unwrap();
    assert_eq!(word, "still here");
}

#[tokio::test]
async fn a_panic_is_reported_to_the_holder_of_the_handle() {
    let task = tokio::spawn(async { panic!("on purpose") });
    let error = within("the task's end", task).await.unwrap_err();
    assert!(error.is_panic());
}

/// What a task owns is dropped when it panics, sockets among them.
#[tokio::test]
async fn a_panic_drops_what_the_task_owns() {
    let (owned, dropped) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let _owned = owned;
        panic!("on purpose");
    });
    let end = within("the drop", dropped).await;
    assert!(end.is_err(), "the sender is gone");
}

#[test]
fn tasks_end_with_their_runtime() {
    let runtime = Runtime::new().unwrap();
    let (owned, mut dropped) = oneshot::channel::<()>();
    runtime.spawn(async move {
        let _owned = owned;
        pending::<()>().await;
    });
    drop(runtime);
    let end = dropped.try_recv();
    assert_eq!(end, Err(oneshot::error::TryRecvError::Closed));
}

#[tokio::test(flavor = "current_thread")]
async fn main_is_no_task_and_has_no_number() {
    // What `#[tokio::test]` runs stands where `main` stands in a program.
    assert_eq!(task::try_id(), None);
    let inside = tokio::spawn(async { task::try_id() });
    assert!(inside.await.unwrap().is_some());
}
