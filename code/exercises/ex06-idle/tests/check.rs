//! The tests of the sixth exercise. Their clock is paused: whenever all tasks
//! wait, it jumps to the next moment at which something happens.

use std::{io, time::Duration};

use ex06_idle::{End, talk};
use testkit::{Client, show};
use tokio::{
    io::{AsyncReadExt, DuplexStream, duplex},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

const LIMIT: Duration = Duration::from_secs(30);

/// A client, and the conversation with it. The way between them holds so many
/// bytes.
fn start(room: usize) -> (Client<DuplexStream>, JoinHandle<io::Result<End>>) {
    let (here, there) = duplex(room);
    (Client::new(here), tokio::spawn(talk(there, LIMIT)))
}

/// What the conversation returns; a thousand limits are long enough to wait
/// after the client's `deed`.
async fn result(
    conversation: JoinHandle<io::Result<End>>,
    deed: &str,
) -> io::Result<End> {
    match timeout(LIMIT * 1000, conversation).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => panic!("{deed}, and `talk` panicked"),
        Err(_) => panic!(
            "{deed}, and `talk` had not ended after 1000 times the limit"
        ),
    }
}

async fn expect_end(
    conversation: JoinHandle<io::Result<End>>,
    deed: &str,
    expected: End,
) {
    let got = result(conversation, deed).await;
    assert!(
        got.as_ref().is_ok_and(|got| *got == expected),
        "{deed}; `talk` should return Ok({expected:?}), and returned {got:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_is_answered() {
    let (mut client, _conversation) = start(1024);
    client.ask("hello", "hello").await;
    client.ask("again", "again").await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_must_go() {
    let (mut client, conversation) = start(1024);
    let start = Instant::now();
    expect_end(conversation, "the client sent nothing", End::Idle).await;
    let took = start.elapsed();
    assert!(
        took == LIMIT,
        "the client said nothing; it should have {LIMIT:?}, and had {took:?}"
    );
    client.expect("idle\n").await;
    client.expect_end().await;
}

#[tokio::test(start_paused = true)]
async fn who_falls_silent_later_must_go_too() {
    let (mut client, conversation) = start(1024);
    client.ask("hello", "hello").await;
    let start = Instant::now();
    let deed = "the client sent \"hello\", and then nothing";
    expect_end(conversation, deed, End::Idle).await;
    let took = start.elapsed();
    assert!(
        took == LIMIT,
        "{deed}; from then on it should have {LIMIT:?}, and had {took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_busy_client_may_stay() {
    let (mut client, conversation) = start(1024);
    for _ in 0..10 {
        sleep(LIMIT - Duration::from_secs(1)).await;
        client.ask("still here", "still here").await;
    }
    drop(client);
    let deed = "the client spoke every 29 s, and left";
    expect_end(conversation, deed, End::Left).await;
}

#[tokio::test(start_paused = true)]
async fn who_leaves_is_not_idle() {
    let (mut client, conversation) = start(1024);
    client.ask("hello", "hello").await;
    client.finish().await;
    let mut rest = Vec::new();
    client
        .socket
        .read_to_end(&mut rest)
        .await
        .expect("the connection broke");
    let deed = "the client sent \"hello\", and left";
    assert!(rest.is_empty(), "{deed}; then it got {}", show(&rest));
    expect_end(conversation, deed, End::Left).await;
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_must_go_too() {
    let (mut client, conversation) = start(16);
    // The way back holds 16 bytes. The rest of the echo has to wait.
    let start = Instant::now();
    client.send([b'x'; 40]).await;
    let deed = "the client sent 40 bytes, and took nothing back";
    expect_end(conversation, deed, End::Idle).await;
    let took = start.elapsed();
    assert!(
        took <= LIMIT * 2,
        "{deed}; it should have {LIMIT:?} for each, and had {took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn who_does_not_take_idle_must_go_too() {
    let (mut client, conversation) = start(16);
    // These 16 bytes come back and fill the way, so there is no room for more.
    client.send([b'x'; 16]).await;
    let start = Instant::now();
    let deed = "the client fell silent, and did not take `idle`";
    expect_end(conversation, deed, End::Idle).await;
    let took = start.elapsed();
    assert!(
        took <= LIMIT * 2,
        "{deed}; it should have {LIMIT:?} for each, and had {took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn who_speaks_late_has_time_to_read() {
    let (mut client, _conversation) = start(16);
    // The way back is full from here on, so the next echo has to wait.
    client.send([b'x'; 16]).await;
    sleep(LIMIT - Duration::from_secs(1)).await;
    client.send("hello").await;
    // The client's last word was 2 s ago when it reads.
    sleep(Duration::from_secs(2)).await;
    let deed = "the client sent 16 bytes, \"hello\" 29 s later, and read 2 s \
                after that,";
    client.expect_when(deed, "xxxxxxxxxxxxxxxxhello").await;
    client.ask("again", "again").await;
}

#[tokio::test(start_paused = true)]
async fn who_takes_a_little_now_and_then_may_stay() {
    let (mut client, _conversation) = start(16);
    // The way back holds 16 bytes. The rest has to wait for the client.
    client.send([b'x'; 40]).await;
    let deed = "the client sent 40 bytes, and takes 4 of them every 29 s,";
    for _ in 0..6 {
        sleep(LIMIT - Duration::from_secs(1)).await;
        client.expect_when(deed, "xxxx").await;
    }
    client.expect_when(deed, [b'x'; 16]).await;
    client.ask("again", "again").await;
}

#[tokio::test(start_paused = true)]
async fn a_broken_connection_is_an_error() {
    let (mut client, conversation) = start(16);
    // More than there is room for: `talk` still writes when the client breaks
    // off.
    client.send([b'x'; 40]).await;
    drop(client);
    let deed = "the connection broke before all 40 bytes were sent back";
    let got = result(conversation, deed).await;
    assert!(
        got.is_err(),
        "{deed}; `talk` should return an error, and returned {got:?}"
    );
}
