//! The tests of the ninth exercise.

use std::io;

use ex09_panic::{End, serve};
use testkit::{Server, within};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Work that has a bug.
fn work(packet: &[u8]) -> Vec<u8> {
    assert_ne!(packet, b"boom", "this panic is a part of the test");
    packet.to_ascii_uppercase()
}

async fn start() -> (Server<io::Result<()>>, UnboundedReceiver<End>) {
    let (sender, receiver) = unbounded_channel();
    let server = Server::start(|listener| serve(listener, work, sender)).await;
    (server, receiver)
}

/// What the server tells of the next client that has ended.
async fn end(ends: &mut UnboundedReceiver<End>) -> End {
    let end = within("word of a client's end", ends.recv()).await;
    end.expect("your server keeps its end of the channel")
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
    assert_eq!(
        end(&mut ends).await,
        End::Left,
        "the client closed politely"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_breaks_off_has_left() {
    let (server, mut ends) = start().await;
    let mut client = server.connect().await;
    client.ask("hello", "HELLO").await;
    client.socket.set_zero_linger().expect("the socket is open");
    drop(client);
    let got = end(&mut ends).await;
    assert_eq!(got, End::Left, "the client reset the connection");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_reported() {
    let (server, mut ends) = start().await;
    let mut client = server.connect().await;
    client.send("boom").await;
    client.expect_end().await;
    let got = end(&mut ends).await;
    assert_eq!(got, End::Panicked, "`work` panicked at the packet \"boom\"");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_ends_only_its_own_client() {
    let (server, mut ends) = start().await;
    let mut stays = server.connect().await;
    stays.ask("hello", "HELLO").await;
    for _ in 0..3 {
        server.connect().await.send("boom").await;
        assert_eq!(end(&mut ends).await, End::Panicked);
    }
    assert!(server.is_running(), "your server has ended with its client");
    stays.ask("still there?", "STILL THERE?").await;
    server.connect().await.ask("new", "NEW").await;
}
