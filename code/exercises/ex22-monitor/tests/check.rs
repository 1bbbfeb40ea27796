//! The tests of the twenty-second exercise. Their clock is paused: whenever
//! all wait, it jumps to the next moment for which somebody waits.

use std::{any::Any, future::pending, panic::resume_unwind};

use ex22_monitor::{Ended, Watched, spawn};
use testkit::LIMIT;
use tokio::{
    sync::oneshot::{self, Receiver, Sender},
    task::{JoinHandle, yield_now},
    time::timeout,
};

/// What a task is told to do.
#[derive(Debug)]
enum Do {
    Return,
    Panic(&'static str),
    /// The same, with a text that was put together.
    PanicWith(&'static str),
    /// With something that is no text.
    PanicWithANumber,
}

/// A task that waits until it is told what to do. What is received ends when
/// it ends.
fn task() -> (Watched, Sender<Do>, Receiver<()>) {
    let (tell, told) = oneshot::channel();
    let (held, ended) = oneshot::channel();
    let watched = spawn(async move {
        let _held: Sender<()> = held;
        match told.await {
            Ok(Do::Return) => {}
            Ok(Do::Panic(words)) => panic_with(words),
            Ok(Do::PanicWith(words)) => panic_with(words.to_owned()),
            Ok(Do::PanicWithANumber) => panic_with(42),
            Err(_) => pending().await,
        }
    });
    (watched, tell, ended)
}

/// Panics without the message that a panic prints, since it would stand
/// between those of the tests.
fn panic_with(what: impl Any + Send) {
    resume_unwind(Box::new(what));
}

#[track_caller]
fn tell(task: Sender<Do>, what: Do) {
    let told = task.send(what);
    assert!(
        told.is_ok(),
        "the task has ended before it was told what to do"
    );
}

/// A watcher that is a task, too.
fn watch(watched: &Watched) -> JoinHandle<Ended> {
    let watched = watched.clone();
    tokio::spawn(async move { watched.ended().await })
}

/// Lets everybody do what can be done without time.
async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

/// Expects that the watcher, which has done `deed`, hears this.
async fn expect(watcher: JoinHandle<Ended>, deed: &str, expected: &Ended) {
    let Ok(heard) = timeout(LIMIT, watcher).await else {
        panic!("{deed}; it should hear {expected:?}, and it waits for ever");
    };
    match heard {
        Ok(heard) => assert!(
            heard == *expected,
            "{deed}; it should hear {expected:?}, and it heard {heard:?}"
        ),
        Err(error) => panic!(
            "{deed}; it should hear {expected:?}, and its own task ended: \
             {error}"
        ),
    }
}

fn panicked(words: &str) -> Ended {
    Ended::Panicked(words.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_return_is_told() {
    let (watched, task, _) = task();
    let watcher = watch(&watched);
    tell(task, Do::Return);
    let deed = "a watcher waits, and the task returns";
    expect(watcher, deed, &Ended::Done).await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_told_with_its_message() {
    for what in [Do::Panic("boom"), Do::PanicWith("boom")] {
        let deed = format!("a watcher waits, and the task does {what:?}");
        let (watched, task, _) = task();
        let watcher = watch(&watched);
        tell(task, what);
        expect(watcher, &deed, &panicked("boom")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_without_words_is_one_too() {
    let (watched, task, _) = task();
    let watcher = watch(&watched);
    tell(task, Do::PanicWithANumber);
    let deed = "a watcher waits, and the task panics with the number 42";
    let heard = timeout(LIMIT, watcher).await;
    assert!(
        matches!(heard, Ok(Ok(Ended::Panicked(_)))),
        "{deed}; it should hear of a panic, and got {heard:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_abort_is_told() {
    let (watched, _task, _) = task();
    let watcher = watch(&watched);
    settle().await;
    watched.abort();
    let deed = "a watcher waits, and somebody calls `abort`";
    expect(watcher, deed, &Ended::Aborted).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_told_before_the_end() {
    let (watched, task, _) = task();
    let watcher = watch(&watched);
    let early = timeout(LIMIT, watched.ended()).await;
    let deed = "the task runs, and has not been told to end";
    assert!(early.is_err(), "{deed}, and a watcher heard {early:?}");
    assert!(!watcher.is_finished(), "{deed}, and a watcher has ended");
    tell(task, Do::Return);
    let deed = "a watcher waits for long, and the task returns";
    expect(watcher, deed, &Ended::Done).await;
}

#[tokio::test(start_paused = true)]
async fn each_of_many_watchers_hears_it() {
    for what in [Do::Return, Do::Panic("boom")] {
        let deed = format!("10 watchers wait, and the task does {what:?}");
        let expected = match what {
            Do::Return => Ended::Done,
            _ => panicked("boom"),
        };
        let (watched, task, _) = task();
        let watchers: Vec<_> = (0..10).map(|_| watch(&watched)).collect();
        settle().await;
        tell(task, what);
        for (number, watcher) in (1..).zip(watchers) {
            let deed = format!("{deed}; this is watcher {number}");
            expect(watcher, &deed, &expected).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_after_the_end_is_told_too() {
    for what in [Do::Return, Do::Panic("boom")] {
        let deed = format!("the task does {what:?}, and later somebody asks");
        let expected = match what {
            Do::Return => Ended::Done,
            _ => panicked("boom"),
        };
        let (watched, task, ended) = task();
        tell(task, what);
        let _ = timeout(LIMIT, ended).await;
        settle().await;
        expect(watch(&watched), &deed, &expected).await;
        let deed = format!("{deed}, and asks again");
        expect(watch(&watched), &deed, &expected).await;
        let another = watched.clone();
        drop(watched);
        let deed = format!("{deed}, with another handle");
        expect(watch(&another), &deed, &expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_goes_away_disturbs_nobody() {
    let (watched, task, _) = task();
    let goes = watch(&watched);
    settle().await;
    let stays = watch(&watched);
    settle().await;
    goes.abort();
    settle().await;
    tell(task, Do::Panic("boom"));
    let deed = "two watchers wait, the first goes away, and the task panics; \
                this is the second";
    expect(stays, deed, &panicked("boom")).await;
    let deed = "a watcher has gone away, the task has panicked, and a third \
                one asks";
    expect(watch(&watched), deed, &panicked("boom")).await;
}

#[tokio::test(start_paused = true)]
async fn the_only_watcher_may_go_away_too() {
    let (watched, task, _) = task();
    let goes = watch(&watched);
    settle().await;
    goes.abort();
    settle().await;
    tell(task, Do::Return);
    let deed = "the only watcher goes away, the task returns, and then another \
                one asks";
    expect(watch(&watched), deed, &Ended::Done).await;
}

#[tokio::test(start_paused = true)]
async fn without_handles_the_task_goes_on() {
    let (tell, told) = oneshot::channel::<()>();
    let (done, is_done) = oneshot::channel();
    drop(spawn(async move {
        let _ = told.await;
        let _ = done.send(());
    }));
    settle().await;
    let deed = "the only handle was dropped while the task waited";
    assert!(tell.send(()).is_ok(), "{deed}, and that has ended the task");
    let done = timeout(LIMIT, is_done).await;
    assert!(
        matches!(done, Ok(Ok(()))),
        "{deed}, and it did not go on when it could"
    );
}

#[tokio::test(start_paused = true)]
async fn it_runs_though_nobody_watches() {
    let (done, is_done) = oneshot::channel();
    let _watched = spawn(async move {
        let _ = done.send(());
    });
    let done = timeout(LIMIT, is_done).await;
    assert!(
        matches!(done, Ok(Ok(()))),
        "nobody waits for the end of the task, and it does nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn any_handle_aborts() {
    let (watched, _task, _) = task();
    let another = watched.clone();
    drop(watched);
    let watcher = watch(&another);
    settle().await;
    another.clone().abort();
    let deed = "the first handle is dropped, and a copy of a copy aborts";
    expect(watcher, deed, &Ended::Aborted).await;
}

#[tokio::test(start_paused = true)]
async fn an_end_is_told_when_it_has_come() {
    let (watched, _task, mut ended) = task();
    settle().await;
    watched.abort();
    let deed = "somebody calls `abort`, and then waits for the end";
    let heard = timeout(LIMIT, watched.ended()).await;
    let Ok(heard) = heard else {
        panic!("{deed}, and it waits for ever");
    };
    let dropped = ended.try_recv() == Err(oneshot::error::TryRecvError::Closed);
    assert!(
        dropped,
        "{deed}; {heard:?} was told, and what the task had was not dropped yet"
    );
}

#[tokio::test(start_paused = true)]
async fn an_abort_may_come_too_late() {
    let (watched, task, ended) = task();
    tell(task, Do::Return);
    let _ = timeout(LIMIT, ended).await;
    settle().await;
    watched.abort();
    let deed = "the task has returned, and then somebody calls `abort`";
    expect(watch(&watched), deed, &Ended::Done).await;

    let (give, given) = oneshot::channel::<Watched>();
    let watched = spawn(async move {
        if let Ok(own) = given.await {
            own.abort();
        }
    });
    let _ = give.send(watched.clone());
    let deed = "the task calls `abort` itself, and returns without a wait";
    expect(watch(&watched), deed, &Ended::Done).await;
}
