//! What takes the place of a `GenServer`: a task, and a channel to it.
//!
//! It says nothing. It fails if what it checks does not hold.

use std::{panic::resume_unwind, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout},
};

/// As long as a call of Elixir waits.
const PATIENCE: Duration = Duration::from_secs(5);

// ANCHOR: server
enum Request {
    Say(String),
    History(oneshot::Sender<Vec<String>>),
}

async fn room(mut requests: mpsc::Receiver<Request>) {
    let mut said = Vec::new();
    while let Some(request) = requests.recv().await {
        match request {
            Request::Say(words) => said.push(words),
            Request::History(answer) => _ = answer.send(said.clone()),
        }
    }
}
// ANCHOR_END: server

// ANCHOR: client
async fn cast(room: &mpsc::Sender<Request>, words: &str) -> bool {
    room.send(Request::Say(words.to_owned())).await.is_ok()
}

async fn call(room: &mpsc::Sender<Request>) -> Option<Vec<String>> {
    let (answer, answered) = oneshot::channel();
    room.send(Request::History(answer)).await.ok()?;
    timeout(PATIENCE, answered).await.ok()?.ok()
}
// ANCHOR_END: client

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (sender, requests) = mpsc::channel(8);
    let task = tokio::spawn(room(requests));
    assert!(cast(&sender, "hello").await);
    assert!(cast(&sender, "who is here?").await);
    let said = call(&sender).await.expect("the room is there");
    assert_eq!(said, ["hello", "who is here?"]);

    task.abort();
    assert!(task.await.is_err());
    assert!(!cast(&sender, "is anybody there?").await);
    assert_eq!(call(&sender).await, None);

    // A room that takes no requests is waited for, and given up.
    let (deaf, never_read) = mpsc::channel(1);
    let began = Instant::now();
    assert_eq!(call(&deaf).await, None);
    assert!(began.elapsed() >= PATIENCE);
    drop(never_read);
    crash_over_a_call().await;
}

/// A room that crashes over a request is not waited for.
async fn crash_over_a_call() {
    let (sender, mut requests) = mpsc::channel(1);
    let task = tokio::spawn(async move {
        let _request = requests.recv().await;
        crash();
    });
    let began = Instant::now();
    assert_eq!(call(&sender).await, None);
    assert!(began.elapsed() < PATIENCE);
    assert!(task.await.is_err());
}

/// Panics, without a word on the screen.
fn crash() -> ! {
    resume_unwind(Box::new("a bug"))
}
