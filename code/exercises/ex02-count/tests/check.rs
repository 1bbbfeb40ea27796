//! The tests of the second exercise.

use std::io;

use ex02_count::serve;
use testkit::{Server, told};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

async fn start() -> (Server<io::Result<()>>, UnboundedReceiver<u64>) {
    let (sender, receiver) = unbounded_channel();
    let server = Server::start(|listener| serve(listener, sender)).await;
    (server, receiver)
}

/// Expects that the server tells this count, when the client has done `deed`.
async fn expect_count(
    counts: &mut UnboundedReceiver<u64>,
    deed: &str,
    expected: u64,
) {
    let got = told("counts", counts, deed).await;
    assert!(
        got == expected,
        "{deed}; the count should be {expected}, and was {got}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_the_bytes_of_a_client() {
    let (server, mut counts) = start().await;
    let mut client = server.connect().await;
    client.ask("hello", "hello").await;
    client.ask("again", "again").await;
    drop(client);
    let deed = "the client sent 10 bytes in two packets, and left";
    expect_count(&mut counts, deed, 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_a_silent_client_too() {
    let (server, mut counts) = start().await;
    drop(server.connect().await);
    let deed = "the client connected, sent nothing, and left";
    expect_count(&mut counts, deed, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_each_client_apart() {
    let (server, mut counts) = start().await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    first.ask("one", "one").await;
    second.ask("second", "second").await;
    first.ask("one", "one").await;
    drop(second);
    let deed = "the second client sent 6 bytes, and left; the first one sent \
                6 so far, and stayed";
    expect_count(&mut counts, deed, 6).await;
    first.ask("one", "one").await;
    drop(first);
    let deed = "the first client sent 9 bytes, and left after the second one";
    expect_count(&mut counts, deed, 9).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn does_not_wait_for_the_first_client() {
    let (server, mut counts) = start().await;
    let mut first = server.connect().await;
    first.ask("I stay", "I stay").await;
    let mut second = server.connect().await;
    second.ask("me too", "me too").await;
    drop(second);
    let deed = "the second client sent 6 bytes, and left before the first one";
    expect_count(&mut counts, deed, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_more_than_a_small_number_holds() {
    let (server, mut counts) = start().await;
    let mut client = server.connect().await;
    let kibibyte = [b'x'; 1024];
    for _ in 0..100 {
        client.ask(kibibyte, kibibyte).await;
    }
    drop(client);
    let deed = "the client sent 102400 bytes in 100 packets, and left";
    expect_count(&mut counts, deed, 102_400).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_bytes_and_not_letters() {
    let (server, mut counts) = start().await;
    let mut client = server.connect().await;
    let bytes = b"d\xc3\xa9j\xc3\xa0 vu\xff\xfe";
    client.ask(bytes, bytes).await;
    drop(client);
    let deed = "the client sent 11 bytes, some of which are no text, and left";
    expect_count(&mut counts, deed, 11).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_a_client_that_breaks_off() {
    let (server, mut counts) = start().await;
    let mut client = server.connect().await;
    client.ask("hello", "hello").await;
    client.reset();
    let deed = "the client sent 5 bytes, and reset the connection";
    expect_count(&mut counts, deed, 5).await;
}
