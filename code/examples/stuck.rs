//! What a supervisor does not notice, and a watchdog does: two tasks that
//! neither end nor go on.
//!
//! `cargo run --example stuck` ends by itself. A task that never gives way
//! cannot be ended by anybody, so the process ends with it.

use std::{hint, process, sync::Arc, time::Duration};

use echo::supervise::{
    Intensity, Strategy, Supervisor,
    watchdog::{News, watch},
};
use tokio::sync::{
    Barrier, Mutex,
    mpsc::{self, Receiver},
    oneshot,
};

/// How long there may be no sign of life.
const PATIENCE: Duration = Duration::from_millis(500);

const INTENSITY: Intensity = Intensity {
    restarts: 3,
    within: Duration::from_secs(60),
};

#[tokio::main(worker_threads = 2)]
async fn main() {
    show("a deadlock", deadlock).await;
    show("a loop", never_gives_way).await;
    process::exit(0);
}

/// Two who want the same two locks, each in its own order.
// ANCHOR: deadlock
async fn deadlock() {
    let (one, other, both) = (Mutex::new(()), Mutex::new(()), Barrier::new(2));
    let take = async |first: &Mutex<()>, second: &Mutex<()>| {
        let _first = first.lock().await;
        both.wait().await;
        let _second = second.lock().await;
    };
    tokio::join!(take(&one, &other), take(&other, &one));
}
// ANCHOR_END: deadlock

/// Computes, and awaits nothing.
// ANCHOR: never_gives_way
async fn never_gives_way() {
    loop {
        hint::spin_loop();
    }
}
// ANCHOR_END: never_gives_way

/// Has a supervised task get stuck, and tells who notices that.
async fn show<F>(name: &'static str, gets_stuck: fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let (ask, asked) = mpsc::channel(1);
    let asked = Arc::new(Mutex::new(asked));
    let supervisor = Supervisor::new(Strategy::OneForOne, INTENSITY);
    let supervisor = supervisor.child(name, move || {
        let asked = asked.clone();
        async move {
            println!("{name} begins");
            answer_once(&mut *asked.lock().await).await;
            gets_stuck().await;
        }
    });
    let run = tokio::spawn(async move { supervisor.run().await });
    until_noticed(ask).await;
    println!("{name}: no sign of life, says the watchdog");
    if !run.is_finished() {
        println!("{name}: all is well, says the supervisor");
    }
}

async fn answer_once(asked: &mut Receiver<oneshot::Sender<()>>) {
    if let Some(answer) = asked.recv().await {
        let _ = answer.send(());
    }
}

/// Asks for signs of life, until there is none.
async fn until_noticed(ask: mpsc::Sender<oneshot::Sender<()>>) {
    let (notice, mut noticed) = mpsc::unbounded_channel();
    let sign = move || {
        let ask = ask.clone();
        async move {
            let (answer, answered) = oneshot::channel();
            let _ = ask.send(answer).await;
            let _ = answered.await;
        }
    };
    watch(PATIENCE, sign, move |news| _ = notice.send(news));
    while !matches!(noticed.recv().await, Some(News::Silent(_)) | None) {}
}
