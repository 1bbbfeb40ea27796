//! The tests of the first exercise.

use std::time::Duration;

use ex01_shout::serve;
use testkit::{Server, within};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

/// Nothing has moved for so long: the way to the client is full.
const STANDSTILL: Duration = Duration::from_millis(150);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shouts_a_word() {
    let server = Server::start(serve).await;
    server.connect().await.ask("hello\n", "HELLO\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shouts_every_time() {
    let server = Server::start(serve).await;
    let mut client = server.connect().await;
    client.ask("one", "ONE").await;
    client.ask("two", "TWO").await;
    client.ask("three", "THREE").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaves_other_bytes_alone() {
    let server = Server::start(serve).await;
    let questions: [(&[u8], &[u8]); 3] = [
        (b"a1 !Z\0\n", b"A1 !Z\0\n"),
        ("d\u{e9}j\u{e0}".as_bytes(), "D\u{e9}J\u{e0}".as_bytes()),
        (b"\xff\xfe", b"\xff\xfe"),
    ];
    for (question, answer) in questions {
        let mut client = server.connect().await;
        client.ask(question, answer).await;
        // More than the answer would be noticed here.
        client.finish().await;
        client.expect_end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sends_back_no_more_than_it_got() {
    let server = Server::start(serve).await;
    let mut client = server.connect().await;
    client.ask("hello", "HELLO").await;
    client.finish().await;
    client.expect_end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shouts_without_waiting_for_a_line() {
    let server = Server::start(serve).await;
    server
        .connect()
        .await
        .ask("no line end", "NO LINE END")
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shouts_more_than_a_buffer_holds() {
    let server = Server::start(serve).await;
    let mut client = server.connect().await;
    client.ask("x".repeat(10_000), "X".repeat(10_000)).await;
}

/// Whenever the way to the client is full, a single write takes only a part of
/// what it is given. The odd numbers see to it that no buffer on the way ends
/// where one of the server's does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shouts_everything_to_a_client_that_reads_late() {
    let server = Server::start(serve).await;
    let mut client = server.connect().await;
    client.ask("odd", "ODD").await;
    let mut socket = client.socket;
    let (mut sent, mut got) = (0, 0);
    let mut part = vec![0; 1_000_003];
    for _ in 0..6 {
        let most = sent + (64 << 20);
        while sent < most
            && let Ok(written) =
                timeout(STANDSTILL, socket.write(&[b'x'; 65_536])).await
        {
            sent += written.expect("the connection broke");
        }
        let reading = socket.read_exact(&mut part);
        let read = within("a part of the answer", reading).await;
        got += read.expect("the connection broke");
    }
    let closing = socket.shutdown().await;
    closing.expect("the connection broke");
    let mut rest = Vec::new();
    let reading = socket.read_to_end(&mut rest);
    let read = within("the rest of the answer", reading).await;
    got += read.expect("the connection broke");
    assert!(
        got == sent,
        "the client sent {sent} bytes and read them late; it got {got}"
    );
}
