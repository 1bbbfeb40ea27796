use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, duplex},
    time::Instant,
};

use std::future;

use super::*;

const GRACE: Duration = Duration::from_secs(10);

/// The clock is paused, so a wait in vain is over at once.
async fn within<T>(future: impl Future<Output = T>) -> T {
    time::timeout(2 * GRACE, future).await.expect("in vain")
}

/// A conversation that takes so long.
async fn takes(seconds: u64) {
    time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn without_conversations_it_does_not_wait() {
    let start = Instant::now();
    assert_eq!(Stop::default().drain(&TaskTracker::new(), GRACE).await, 0);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn it_waits_for_the_last_conversation_and_no_longer() {
    let (stop, tasks) = (Stop::default(), TaskTracker::new());
    for seconds in [1, 7, 3] {
        tasks.spawn(stop.cut(takes(seconds)));
    }
    let start = Instant::now();
    assert_eq!(within(stop.drain(&tasks, GRACE)).await, 0);
    assert_eq!(start.elapsed(), Duration::from_secs(7));
}

/// tokio counts whole milliseconds, and is never early.
#[tokio::test(start_paused = true)]
async fn who_takes_too_long_is_counted_and_cut_off_at_the_deadline() {
    let (stop, tasks) = (Stop::default(), TaskTracker::new());
    for seconds in [1, 11, 3, 1_000_000] {
        tasks.spawn(stop.cut(takes(seconds)));
    }
    let start = Instant::now();
    assert_eq!(within(stop.drain(&tasks, GRACE)).await, 2);
    let late = start.elapsed() - GRACE;
    assert!(late <= Duration::from_millis(1), "{late:?} too late");
    assert!(tasks.is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_more_time_ends_the_wait_at_once() {
    let (stop, tasks) = (Stop::default(), TaskTracker::new());
    for _ in 0..3 {
        tasks.spawn(stop.cut(future::pending()));
    }
    let now = stop.now.clone();
    tokio::spawn(async move {
        takes(2).await;
        now.cancel();
    });
    let start = Instant::now();
    assert_eq!(within(stop.drain(&tasks, GRACE)).await, 3);
    assert_eq!(start.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_conversation_that_is_cut_drops_what_it_has() {
    let stop = Stop::default();
    let (ours, mut theirs) = duplex(64);
    let conversation = tokio::spawn(stop.cut(async move {
        let _socket = ours;
        future::pending().await
    }));
    stop.asked.cancel();
    tokio::task::yield_now().await;
    assert!(!conversation.is_finished(), "it may still end by itself");
    stop.now.cancel();
    within(conversation).await.unwrap();
    assert_eq!(within(theirs.read(&mut [0; 1])).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_has_come_is_read_before_the_end() {
    let stop = CancellationToken::new();
    let (ours, mut theirs) = duplex(64);
    let mut until = Until::new(ours, &stop);
    theirs.write_all(b"first").await.unwrap();
    let mut word = [0; 5];
    within(until.read_exact(&mut word)).await.unwrap();
    theirs.write_all(b"last").await.unwrap();
    stop.cancel();
    let mut rest = String::new();
    within(until.read_to_string(&mut rest)).await.unwrap();
    assert_eq!((&word, &*rest), (b"first", "last"));
    assert!(until.was_stopped());
    // The other way is as open as before.
    until.write_all(b"farewell").await.unwrap();
    drop(until);
    let mut answer = String::new();
    within(theirs.read_to_string(&mut answer)).await.unwrap();
    assert_eq!(answer, "farewell");
}

#[tokio::test(start_paused = true)]
async fn a_read_that_waits_ends_when_the_server_stops() {
    let stop = CancellationToken::new();
    let (ours, _theirs) = duplex(64);
    let mut until = Until::new(ours, &stop);
    let reading = tokio::spawn(async move { until.read(&mut [0; 1]).await });
    tokio::task::yield_now().await;
    assert!(!reading.is_finished());
    stop.cancel();
    assert_eq!(within(reading).await.unwrap().unwrap(), 0);
}

/// It has said all that it has to say, whether the server stops or not.
#[tokio::test(start_paused = true)]
async fn the_clients_own_end_is_no_stop() {
    for stops in [false, true] {
        let stop = CancellationToken::new();
        let (ours, theirs) = duplex(64);
        let mut until = Until::new(ours, &stop);
        drop(theirs);
        if stops {
            stop.cancel();
        }
        assert_eq!(within(until.read(&mut [0; 1])).await.unwrap(), 0);
        assert!(!until.was_stopped());
    }
}
