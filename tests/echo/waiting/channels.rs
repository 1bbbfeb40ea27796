use std::pin::pin;

use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        mpsc, oneshot, watch,
    },
    task::yield_now,
};

use crate::support::within;

use super::at_once;

#[tokio::test]
async fn a_channel_gives_out_its_oldest_message() {
    let (sender, mut receiver) = mpsc::channel(8);
    for word in ["first", "second", "third"] {
        sender.send(word).await.unwrap();
    }
    for word in ["first", "second", "third"] {
        assert_eq!(within("a word", receiver.recv()).await, Some(word));
    }
}

#[tokio::test]
async fn send_waits_when_the_channel_is_full() {
    let (sender, mut receiver) = mpsc::channel(8);
    for number in 0..8 {
        assert_eq!(at_once(sender.send(number)).await, Some(Ok(())));
    }
    let mut ninth = pin!(sender.send(8));
    assert_eq!(at_once(&mut ninth).await, None);
    assert_eq!(receiver.recv().await, Some(0));
    within("room", ninth).await.unwrap();
}

#[tokio::test]
async fn an_unbounded_channel_grows_instead() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    for number in 0..100_000 {
        sender.send(number).unwrap();
    }
    assert_eq!(receiver.len(), 100_000);
    assert_eq!(receiver.recv().await, Some(0));
}

#[tokio::test]
async fn recv_waits_as_long_as_a_sender_is_left() {
    let (sender, mut receiver) = mpsc::channel(8);
    let other = sender.clone();
    other.send("the last word").await.unwrap();
    drop(other);
    assert_eq!(receiver.recv().await, Some("the last word"));
    for _ in 0..100 {
        assert_eq!(at_once(receiver.recv()).await, None, "a sender is left");
        yield_now().await;
    }
    sender.send("one more").await.unwrap();
    drop(sender);
    assert_eq!(receiver.recv().await, Some("one more"));
    assert_eq!(within("the end", receiver.recv()).await, None);
}

#[tokio::test]
async fn every_receiver_gets_what_is_sent_after_it_subscribed() {
    let (sender, mut early) = broadcast::channel(8);
    sender.send("before").unwrap();
    let mut late = sender.subscribe();
    sender.send("after").unwrap();
    assert_eq!(early.recv().await, Ok("before"));
    assert_eq!(early.recv().await, Ok("after"));
    assert_eq!(within("a word", late.recv()).await, Ok("after"));
}

#[tokio::test]
async fn a_receiver_too_far_behind_is_told_how_much_it_lost() {
    let (sender, mut sleeper) = broadcast::channel(8);
    let mut awake = sender.subscribe();
    for number in 0..8 {
        sender.send(number).unwrap();
        assert_eq!(awake.recv().await, Ok(number));
    }
    // Eight are kept, so the sleeper has lost none yet.
    assert_eq!(sleeper.recv().await, Ok(0));
    for number in 8..18 {
        // It is no future: nobody can wait for it.
        sender.send(number).unwrap();
        assert_eq!(awake.recv().await, Ok(number));
    }
    assert_eq!(sender.len(), 8);
    assert_eq!(sleeper.recv().await, Err(RecvError::Lagged(9)));
    assert_eq!(sleeper.recv().await, Ok(10));
}

#[tokio::test]
async fn a_oneshot_gives_one_answer_and_a_watch_the_newest_value() {
    let (sender, receiver) = oneshot::channel();
    sender.send("an answer").unwrap();
    assert_eq!(within("it", receiver).await, Ok("an answer"));

    let (sender, mut receiver) = watch::channel("old");
    sender.send("newer").unwrap();
    sender.send("newest").unwrap();
    within("a change", receiver.changed()).await.unwrap();
    assert_eq!(*receiver.borrow_and_update(), "newest");
    assert!(!receiver.has_changed().unwrap());
}
