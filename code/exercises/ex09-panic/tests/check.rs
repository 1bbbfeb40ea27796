//! The tests of the ninth exercise.

use std::io;

use ex09_panic::{End, serve};
use testkit::{Server, told};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Work that has a bug.
fn work(packet: &[u8]) -> Vec<u8> {
    if packet == b"boom" {
        panic!("(meant to happen) `work` panics at \"boom\"");
    }
    packet.to_ascii_uppercase()
}

async fn start() -> (Server<io::Result<()>>, UnboundedReceiver<End>) {
    let (sender, receiver) = unbounded_channel();
    let server = Server::start(|listener| serve(listener, work, sender)).await;
    (server, receiver)
}

/// Expects that the server tells this end, when the client has done `deed`.
async fn expect_told(
    ends: &mut UnboundedReceiver<End>,
    deed: &str,
    expected: End,
) {
    let got = told("ends", ends, deed).await;
    assert!(
        got == expected,
        "{deed}; `ends` should be told {expected:?}, and was told {got:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packets_are_answered() {
    let (server, _ends) = start().await;
    let mut client = server.connect().await;
    client.ask("hello", "HELLO").await;
    client.ask("again", "AGAIN").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_do_not_wait_for_each_other() {
    let (server, _ends) = start().await;
    let mut first = server.connect().await;
    first.ask("one", "ONE").await;
    let mut second = server.connect().await;
    second.ask("two", "TWO").await;
    first.ask("three", "THREE").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_is_reported() {
    let (server, mut ends) = start().await;
    let mut client = server.connect().await;
    client.ask("hello", "HELLO").await;
    drop(client);
    let deed = "the client closed the connection politely";
    expect_told(&mut ends, deed, End::Left).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_breaks_off_has_left() {
    let (server, mut ends) = start().await;
    let mut client = server.connect().await;
    client.ask("hello", "HELLO").await;
    client.reset();
    let deed = "the client sent 5 bytes, and reset the connection";
    expect_told(&mut ends, deed, End::Left).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_reported() {
    let (server, mut ends) = start().await;
    let mut client = server.connect().await;
    client.send("boom").await;
    client.expect_end().await;
    let deed = "the client sent \"boom\", at which `work` panics";
    expect_told(&mut ends, deed, End::Panicked).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_ends_only_its_own_client() {
    let (server, mut ends) = start().await;
    let mut stays = server.connect().await;
    stays.ask("hello", "HELLO").await;
    for _ in 0..3 {
        // It waits for its end, so that it has not left before the panic.
        let mut goes = server.connect().await;
        goes.send("boom").await;
        goes.expect_end().await;
        let deed = "one client of two sent \"boom\", at which `work` panics";
        expect_told(&mut ends, deed, End::Panicked).await;
    }
    assert!(
        server.is_running(),
        "a client's task panicked, and `serve` has ended with it"
    );
    stays.ask("still there?", "STILL THERE?").await;
    server.connect().await.ask("new", "NEW").await;
}
