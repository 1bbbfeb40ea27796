//! The tests of the tenth exercise.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::pin,
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
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

/// Three attempts.
const PATIENCE: Patience = Patience {
    attempts: 3,
    limit: Duration::from_millis(300),
    pause: Duration::from_millis(50),
};

/// Less than [`LONG`], and more than half of it, each by far: a machine may be
/// busy.
const LATE: Duration = Duration::from_millis(900);

/// The limit of an attempt whose server is late. The tests themselves wait for
/// 2 seconds, so it is shorter than that, by far as well.
const LONG: Duration = Duration::from_millis(1500);

/// Time enough for an attempt that is refused.
const MOMENT: Duration = Duration::from_millis(100);

/// What the server does with a connection.
#[derive(Clone, Copy)]
enum Deed {
    /// Answers.
    Answer,
    /// Answers after a while, but in time.
    AnswerSlowly,
    /// Closes at once.
    Close,
    /// Answers with a line that begins with spaces and ends with more than a
    /// line feed.
    AnswerWithSpaces,
    /// Sends a part of an answer and closes.
    AnswerHalf,
    /// Sends a byte now and then, and never ends its line.
    Drip,
    /// Says nothing.
    BeSilent,
    /// Begins to read after a while, and answers after another one.
    ReadAndAnswerLate,
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
    if matches!(deed, Deed::ReadAndAnswerLate) {
        sleep(LATE).await;
    }
    if !matches!(deed, Deed::Close) {
        socket.read_line(&mut question).await?;
    }
    match deed {
        Deed::Close => Ok(()),
        Deed::AnswerHalf => socket.write_all(b"four").await,
        Deed::AnswerWithSpaces => socket.write_all(b"  forty-two \r\n").await,
        Deed::Drip => loop {
            socket.write_all(b"x").await?;
            sleep(PATIENCE.limit / 3).await;
        },
        Deed::BeSilent => std::future::pending().await,
        Deed::ReadAndAnswerLate => {
            sleep(LATE).await;
            socket.write_all(b"that was a long question\n").await
        }
        Deed::Answer | Deed::AnswerSlowly => {
            if matches!(deed, Deed::AnswerSlowly) {
                sleep(PATIENCE.limit / 2).await;
            }
            let answer = match question.as_str() {
                "what is six times seven?\n" => "forty-two\n",
                _ => "that was another question\n",
            };
            socket.write_all(answer.as_bytes()).await
        }
    }
}

const QUESTION: &str = "what is six times seven?";

async fn ask_it(addr: SocketAddr, deed: &str) -> io::Result<String> {
    let what = format!("{deed}; the end of `ask`");
    within(what, ask(addr, QUESTION, PATIENCE)).await
}

/// An address at which nobody listens; the port stays ours.
fn nobody() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().expect("this machine has no sockets");
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    socket.bind(any).expect("this machine has no free port");
    let addr = socket.local_addr().expect("the socket has no address");
    (socket, addr)
}

#[track_caller]
fn assert_answer(result: io::Result<String>, deed: &str, expected: &str) {
    match result {
        Ok(got) => assert!(
            got == expected,
            "{deed}; `ask` should return {expected:?}, and returned {got:?}"
        ),
        Err(error) => panic!(
            "{deed}; `ask` should return {expected:?}, and returned the error \
             {:?}",
            error.kind()
        ),
    }
}

#[track_caller]
fn assert_connections(connections: &AtomicU32, deed: &str, expected: u32) {
    let got = connections.load(SeqCst);
    assert!(
        got == expected,
        "{deed}; expected {expected} connections, and got {got}"
    );
}

/// The kind of the error that `ask` returned.
#[track_caller]
fn kind(result: io::Result<String>, deed: &str) -> io::ErrorKind {
    match result {
        Ok(got) => panic!("{deed}; `ask` returned the answer {got:?}"),
        Err(error) => error.kind(),
    }
}

#[track_caller]
fn assert_timed_out(result: io::Result<String>, deed: &str) {
    let got = kind(result, deed);
    assert!(
        got == io::ErrorKind::TimedOut,
        "{deed}; `ask` should return the error TimedOut, and returned {got:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_attempt_may_be_enough() {
    let (addr, connections) = server(&[Deed::Answer]).await;
    let deed = "the server answers the first attempt";
    assert_answer(ask_it(addr, deed).await, deed, "forty-two");
    assert_connections(&connections, deed, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_line_feed_is_taken_off() {
    let (addr, _) = server(&[Deed::AnswerWithSpaces]).await;
    let deed = "the server answers \"  forty-two \\r\\n\"";
    assert_answer(ask_it(addr, deed).await, deed, "  forty-two \r");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_again_after_a_broken_connection() {
    let (addr, connections) = server(&[Deed::Close, Deed::Answer]).await;
    let deed = "the server closes the first connection and answers the second";
    assert_answer(ask_it(addr, deed).await, deed, "forty-two");
    assert_connections(&connections, deed, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_again_when_nobody_listens() {
    let (socket, addr) = nobody();
    let patience = Patience {
        attempts: 1000,
        pause: Duration::from_millis(10),
        ..PATIENCE
    };
    let mut asking = pin!(ask(addr, QUESTION, patience));
    let deed = "nobody listens at first";
    if let Ok(early) = timeout(MOMENT, &mut asking).await {
        panic!("{deed}; after one or a few of 1000 attempts came {early:?}");
    }
    let listener = socket.listen(8).expect("the port cannot be opened");
    let serving = async {
        loop {
            let (socket, _) = listener.accept().await.expect("no client");
            tokio::spawn(serve(socket, Deed::Answer));
        }
    };
    tokio::select! {
        result = within("the end of `ask`, when the port was open", asking) => {
            let deed = format!("{deed}, and then somebody answers");
            assert_answer(result, &deed, "forty-two");
        }
        () = serving => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_again_after_silence() {
    let (addr, _) = server(&[Deed::BeSilent, Deed::Answer]).await;
    let deed = "the server is silent at first, and answers the second attempt";
    assert_answer(ask_it(addr, deed).await, deed, "forty-two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_attempt_has_its_own_limit() {
    let (addr, _) =
        server(&[Deed::BeSilent, Deed::BeSilent, Deed::AnswerSlowly]).await;
    let deed = "the server is silent twice, and answers the third attempt in \
                half the limit";
    assert_answer(ask_it(addr, deed).await, deed, "forty-two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_has_one_limit_all_in_all() {
    let (addr, _) = server(&[Deed::Drip]).await;
    let deed = "the server sends a byte three times per limit, and never ends \
                its line";
    assert_timed_out(ask_it(addr, deed).await, deed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sending_and_waiting_share_one_limit() {
    let (addr, _) = server(&[Deed::ReadAndAnswerLate]).await;
    let patience = Patience {
        attempts: 1,
        limit: LONG,
        ..PATIENCE
    };
    // More than fits into all buffers on the way.
    let question = "x".repeat(16 << 20);
    let deed = "the limit is 1.5 s; the server begins to read a long question \
                after 0.9 s, and answers 0.9 s after that";
    let what = format!("{deed}; the end of `ask`");
    let result = within(what, ask(addr, &question, patience)).await;
    assert_timed_out(result, deed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pauses_grow() {
    let (_socket, addr) = nobody();
    let patience = Patience {
        attempts: 4,
        pause: Duration::from_millis(60),
        ..PATIENCE
    };
    let start = Instant::now();
    let what = "nobody listens; the end of `ask`";
    let _ = within(what, ask(addr, QUESTION, patience)).await;
    let took = start.elapsed();
    let least = patience.pause * (1 + 2 + 4);
    assert!(
        took >= least,
        "4 attempts have pauses of 60, 120 and 240 ms; all of it took {took:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_an_answer_is_none() {
    let (addr, _) = server(&[Deed::AnswerHalf, Deed::Answer]).await;
    let deed = "the first answer, \"four\", is cut off before its line end, and \
                the second is whole";
    assert_answer(ask_it(addr, deed).await, deed, "forty-two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_attempt_may_succeed() {
    let (addr, connections) =
        server(&[Deed::Close, Deed::Close, Deed::Answer]).await;
    let deed = "the server answers the third attempt of 3";
    assert_answer(ask_it(addr, deed).await, deed, "forty-two");
    assert_connections(&connections, deed, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gives_up_after_the_last_attempt() {
    let (addr, connections) = server(&[Deed::Close]).await;
    let deed = "the server closes every connection, and there are 3 attempts";
    kind(ask_it(addr, deed).await, deed);
    assert_connections(&connections, deed, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_is_told_from_other_errors() {
    let (addr, _) = server(&[Deed::BeSilent]).await;
    let deed = "the server is always silent";
    assert_timed_out(ask_it(addr, deed).await, deed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_error_is_returned() {
    let (addr, _) = server(&[Deed::Close, Deed::Close, Deed::BeSilent]).await;
    let deed = "the server closes two connections, and is silent at the third";
    assert_timed_out(ask_it(addr, deed).await, deed);
    let (addr, _) =
        server(&[Deed::BeSilent, Deed::BeSilent, Deed::Close]).await;
    let deed = "the server is silent twice, and closes the third connection";
    let got = kind(ask_it(addr, deed).await, deed);
    assert!(
        got != io::ErrorKind::TimedOut,
        "{deed}; `ask` should return the last error, and returned {got:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waits_between_attempts() {
    let (addr, _) = server(&[Deed::Close]).await;
    let start = Instant::now();
    let _ = ask_it(addr, "the server closes every connection").await;
    let took = start.elapsed();
    let least = PATIENCE.pause * 2;
    assert!(
        took >= least,
        "3 attempts have 2 pauses of {:?}; all of it took {took:?}",
        PATIENCE.pause
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn does_not_wait_after_the_last_attempt() {
    let (_socket, addr) = nobody();
    let patience = Patience {
        attempts: 1,
        pause: Duration::from_secs(3600),
        ..PATIENCE
    };
    let what = "nobody listens, and there is 1 attempt; the end of `ask`";
    let result = within(what, ask(addr, QUESTION, patience)).await;
    kind(result, "nobody listens");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_go_on_during_the_pause() {
    let (_socket, addr) = nobody();
    let patience = Patience {
        attempts: 2,
        pause: Duration::from_millis(1500),
        ..PATIENCE
    };
    let start = Instant::now();
    // Nothing can call it off while its pause holds the thread.
    let ended = timeout(MOMENT, ask(addr, QUESTION, patience)).await;
    let took = start.elapsed();
    let deed = "nobody listens; 2 attempts have a pause of 1.5 s";
    assert!(ended.is_err(), "{deed}; `ask` ended after {took:?}");
    assert!(
        took < patience.pause,
        "{deed}; in it `ask` was called off after {MOMENT:?}, and let go after \
         {took:?}"
    );
}
