//! The tests of the sixth exercise. Their clock is paused: whenever all tasks
//! wait, it jumps to the next moment at which something happens.

use std::{io, time::Duration};

use ex06_idle::{End, talk};
use testkit::{Client, show};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
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

/// How the conversation ends; a thousand limits are long enough to wait.
async fn end(conversation: JoinHandle<io::Result<End>>) -> End {
    let ended = timeout(LIMIT * 1000, conversation).await;
    let ended = ended.expect("`talk` must end, and it did not");
    ended
        .expect("`talk` does not panic")
        .expect("nothing broke")
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
    assert_eq!(end(conversation).await, End::Idle);
    let took = start.elapsed();
    assert_eq!(took, LIMIT, "the client said nothing, and had this time");
    client.expect("idle\n").await;
    client.expect_end().await;
}

#[tokio::test(start_paused = true)]
async fn who_falls_silent_later_must_go_too() {
    let (mut client, conversation) = start(1024);
    client.ask("hello", "hello").await;
    let start = Instant::now();
    assert_eq!(end(conversation).await, End::Idle);
    assert_eq!(start.elapsed(), LIMIT, "the time since the last word");
}

#[tokio::test(start_paused = true)]
async fn a_busy_client_may_stay() {
    let (mut client, conversation) = start(1024);
    for _ in 0..10 {
        sleep(LIMIT - Duration::from_secs(1)).await;
        client.ask("still here", "still here").await;
    }
    drop(client);
    assert_eq!(end(conversation).await, End::Left);
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
        .expect("nothing breaks");
    assert!(rest.is_empty(), "who leaves hears {}", show(&rest));
    assert_eq!(end(conversation).await, End::Left);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_must_go_too() {
    let (mut client, conversation) = start(16);
    // The way back holds 16 bytes. The rest of the echo has to wait.
    let start = Instant::now();
    client.send([b'x'; 40]).await;
    assert_eq!(end(conversation).await, End::Idle);
    let took = start.elapsed();
    assert!(took <= LIMIT * 2, "the client did not read for {took:?}");
}

#[tokio::test(start_paused = true)]
async fn who_does_not_take_the_last_word_must_go_too() {
    let (mut client, conversation) = start(16);
    // These 16 bytes come back and fill the way, so there is no room for more.
    client
        .socket
        .write_all(&[b'x'; 16])
        .await
        .expect("nothing breaks");
    let start = Instant::now();
    assert_eq!(end(conversation).await, End::Idle);
    let took = start.elapsed();
    assert!(
        took <= LIMIT * 2,
        "there was no room for the word for {took:?}"
    );
}
