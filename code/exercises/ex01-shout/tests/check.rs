//! The tests of the first exercise.

use ex01_shout::serve;
use testkit::Server;

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
