//! The tests of the tenth exercise.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use ex10_again::{Patience, ask};
use testkit::{listen, within};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// Three attempts.
const PATIENCE: Patience = Patience {
    attempts: 3,
    limit: Duration::from_millis(300),
    pause: Duration::from_millis(50),
};

/// What the server does with a connection.
#[derive(Clone, Copy)]
enum Deed {
    /// Answers.
    Answer,
    /// Answers after a while, but in time.
    AnswerSlowly,
    /// Closes at once.
    Close,
    /// Sends a part of an answer and closes.
    AnswerHalf,
    /// Says nothing.
    BeSilent,
}

/// A server that does each of the deeds in turn, and the last one for ever.
/// Also counts its connections.
async fn server(deeds: &'static [Deed]) -> (SocketAddr, Arc<AtomicU32>) {
    let (listener, addr) = listen().await;
    let connections = Arc::new(AtomicU32::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        let mut deeds = deeds.iter().cycle().take(deeds.len()).copied();
        let mut deed = Deed::Answer;
        while let Ok((socket, _)) = listener.accept().await {
            count.fetch_add(1, SeqCst);
            deed = deeds.next().unwrap_or(deed);
            tokio::spawn(serve(socket, deed));
        }
    });
    (addr, connections)
}

async fn serve(socket: TcpStream, deed: Deed) -> io::Result<()> {
    let mut socket = BufReader::new(socket);
    let mut question = String::new();
    if !matches!(deed, Deed::Close) {
        socket.read_line(&mut question).await?;
    }
    match deed {
        Deed::Close => Ok(()),
        Deed::AnswerHalf => socket.write_all(b"four").await,
        Deed::BeSilent => std::future::pending().await,
        Deed::Answer | Deed::AnswerSlowly => {
            if matches!(deed, Deed::AnswerSlowly) {
                tokio::time::sleep(PATIENCE.limit / 2).await;
            }
            assert_eq!(question, "what is six times seven?\n");
            socket.write_all(b"forty-two\n").await
        }
    }
}

async fn ask_it(addr: SocketAddr) -> io::Result<String> {
    let question = "what is six times seven?";
    within("the end of `ask`", ask(addr, question, PATIENCE)).await
}

#[track_caller]
fn assert_answer(result: io::Result<String>, why: &str) {
    match result {
        Ok(answer) => assert_eq!(answer, "forty-two", "the answer; {why}"),
        Err(error) => panic!("{why}, and `ask` returned the error: {error}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_attempt_may_be_enough() {
    let (addr, connections) = server(&[Deed::Answer]).await;
    assert_answer(ask_it(addr).await, "the server answers at once");
    assert_eq!(connections.load(SeqCst), 1, "connections");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_again_after_a_broken_connection() {
    let (addr, connections) = server(&[Deed::Close, Deed::Answer]).await;
    assert_answer(ask_it(addr).await, "the second attempt is answered");
    assert_eq!(connections.load(SeqCst), 2, "connections");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_again_after_silence() {
    let (addr, _) = server(&[Deed::BeSilent, Deed::Answer]).await;
    assert_answer(ask_it(addr).await, "the second attempt is answered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_attempt_has_its_own_limit() {
    let (addr, _) =
        server(&[Deed::BeSilent, Deed::BeSilent, Deed::AnswerSlowly]).await;
    assert_answer(ask_it(addr).await, "the third attempt is answered in time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_an_answer_is_none() {
    let (addr, _) = server(&[Deed::AnswerHalf, Deed::Answer]).await;
    let why = "the first answer, \"four\", was cut off before its line end";
    assert_answer(ask_it(addr).await, why);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_attempt_may_succeed() {
    let (addr, connections) =
        server(&[Deed::Close, Deed::Close, Deed::Answer]).await;
    assert_answer(ask_it(addr).await, "the third attempt of 3 is answered");
    assert_eq!(connections.load(SeqCst), 3, "connections");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gives_up_after_the_last_attempt() {
    let (addr, connections) = server(&[Deed::Close]).await;
    let result = ask_it(addr).await;
    assert!(
        result.is_err(),
        "nobody answered, and `ask` returned {result:?}"
    );
    assert_eq!(connections.load(SeqCst), 3, "connections, for 3 attempts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_is_told_from_other_errors() {
    let (addr, _) = server(&[Deed::BeSilent]).await;
    let error = ask_it(addr).await.expect_err("nobody answered");
    assert_eq!(error.kind(), io::ErrorKind::TimedOut, "the kind of error");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waits_between_attempts() {
    let (addr, _) = server(&[Deed::Close]).await;
    let start = Instant::now();
    let _ = ask_it(addr).await;
    let took = start.elapsed();
    let least = PATIENCE.pause * 2;
    assert!(
        took >= least,
        "3 attempts have 2 pauses of 50 ms; took {took:?}"
    );
}
