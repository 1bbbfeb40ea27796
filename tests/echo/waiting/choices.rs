use std::{
    future::{pending, ready},
    io,
    pin::pin,
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, duplex},
    net::{TcpListener, TcpStream},
    select,
    sync::oneshot,
    task::yield_now,
    time::{self, error::Elapsed, interval, sleep},
};

use crate::support::within;

use super::{SECOND, at_once, connection};

#[tokio::test]
async fn a_choice_takes_the_first_and_drops_the_others() {
    let (owned, mut dropped) = oneshot::channel::<()>();
    let begun = AtomicBool::new(false);
    let never = async {
        let _owned = owned;
        begun.store(true, SeqCst);
        pending().await
    };
    let turn = select! {
        () = never => "never",
        () = yield_now() => "first",
    };
    assert_eq!(turn, "first");
    assert!(begun.load(SeqCst), "it was in the middle of it");
    let end = dropped.try_recv();
    assert_eq!(end, Err(oneshot::error::TryRecvError::Closed));
}

#[tokio::test]
async fn a_read_or_an_accept_that_lost_a_choice_has_taken_nothing() {
    let (mut ours, mut theirs) = connection().await;
    let mut buffer = [0; 8];
    assert!(at_once(theirs.read(&mut buffer)).await.is_none());
    ours.write_all(b"whole").await.unwrap();
    drop(ours);
    let mut all = Vec::new();
    let reading = theirs.read_to_end(&mut all);
    within("all of it", reading).await.unwrap();
    assert_eq!(all, b"whole");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    assert!(at_once(listener.accept()).await.is_none());
    let addr = listener.local_addr().unwrap();
    let client = TcpStream::connect(addr).await.unwrap();
    let (_, peer) = within("it", listener.accept()).await.unwrap();
    assert_eq!(peer, client.local_addr().unwrap());
}

#[tokio::test]
async fn a_write_all_that_lost_a_choice_has_sent_a_part() {
    let (mut ours, mut theirs) = duplex(4);
    assert!(at_once(ours.write_all(b"whole")).await.is_none());
    drop(ours);
    let mut sent = String::new();
    theirs.read_to_string(&mut sent).await.unwrap();
    assert_eq!(sent, "whol");
}

#[tokio::test]
async fn a_read_line_that_lost_a_choice_forgets_what_it_has_read() {
    let (mut ours, theirs) = duplex(64);
    let mut theirs = BufReader::new(theirs);
    let mut line = String::new();
    ours.write_all(b"hel").await.unwrap();
    assert!(at_once(theirs.read_line(&mut line)).await.is_none());
    ours.write_all(b"lo\n").await.unwrap();
    within("a line", theirs.read_line(&mut line)).await.unwrap();
    assert_eq!(line, "lo\n");
}

#[tokio::test]
async fn an_arm_whose_condition_does_not_hold_is_left_out() {
    for full in [true, false] {
        let taken = select! {
            biased;
            () = ready(()), if !full => "a line",
            () = yield_now() => "something else",
        };
        let wanted = if full { "something else" } else { "a line" };
        assert_eq!(taken, wanted);
    }
}

#[tokio::test]
async fn the_pattern_of_an_arm_gets_what_the_future_gives() {
    async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
        select! {
            client = listener.accept() => Ok(client?.0),
            () = pending() => unreachable!(),
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let ours = TcpStream::connect(addr).await.unwrap();
    let theirs = within("a client", accept(&listener)).await.unwrap();
    assert_eq!(theirs.peer_addr().unwrap(), ours.local_addr().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_timeout_gives_the_value_or_says_that_the_time_is_over() {
    let quick = time::timeout(5 * SECOND, async {
        sleep(SECOND).await;
        "in time"
    });
    assert_eq!(quick.await, Ok("in time"));
    let start = time::Instant::now();
    let never = time::timeout(5 * SECOND, pending::<()>()).await;
    let Elapsed { .. } = never.unwrap_err();
    assert!(start.elapsed() >= 5 * SECOND);
}

/// Time passes only when everybody waits. The limit is a hundred visits.
async fn closes_after(anew_in_each_round: bool) -> Option<Duration> {
    let start = time::Instant::now();
    let mut visits = interval(2 * SECOND);
    let mut closing = pin!(sleep(5 * SECOND));
    for _ in 0..100 {
        if anew_in_each_round {
            closing.set(sleep(5 * SECOND));
        }
        select! {
            () = &mut closing => return Some(start.elapsed()),
            _ = visits.tick() => {}
        }
    }
    None
}

#[tokio::test(start_paused = true)]
async fn a_sleep_that_stays_ends_and_one_made_anew_never_does() {
    let closed = closes_after(false).await.expect("it closes");
    assert_eq!(closed.as_secs(), 5);
    assert_eq!(closes_after(true).await, None);
}

#[tokio::test(start_paused = true)]
async fn an_interval_ticks_at_once_and_then_regularly() {
    let start = time::Instant::now();
    let mut visits = interval(2 * SECOND);
    for seconds in [0, 2, 4, 6] {
        visits.tick().await;
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}

#[test]
fn numbers_strings_and_sockets_can_be_moved_at_any_time() {
    fn is_unpin<T: Unpin>() {}
    is_unpin::<u64>();
    is_unpin::<String>();
    is_unpin::<TcpStream>();
    is_unpin::<TcpListener>();
}
