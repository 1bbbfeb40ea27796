//! The tests of the second exercise.

use std::io;

use ex02_count::serve;
use testkit::{Server, within};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

async fn start() -> (Server<io::Result<()>>, UnboundedReceiver<u64>) {
    let (sender, receiver) = unbounded_channel();
    let server = Server::start(|listener| serve(listener, sender)).await;
    (server, receiver)
}

/// The next count that the server tells.
async fn count(counts: &mut UnboundedReceiver<u64>) -> u64 {
    let count = within("a count", counts.recv()).await;
    count.expect("your server keeps its end of the channel")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_the_bytes_of_a_client() {
    let (server, mut counts) = start().await;
    let mut client = server.connect().await;
    client.ask("hello", "hello").await;
    client.ask("again", "again").await;
    drop(client);
    let got = count(&mut counts).await;
    assert_eq!(got, 10, "the client sent 10 bytes in two packets");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_a_silent_client_too() {
    let (server, mut counts) = start().await;
    drop(server.connect().await);
    assert_eq!(count(&mut counts).await, 0, "the client sent nothing");
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
    let got = count(&mut counts).await;
    assert_eq!(
        got, 6,
        "the second client sent 6 bytes, the first one 6 too"
    );
    first.ask("one", "one").await;
    drop(first);
    assert_eq!(count(&mut counts).await, 9, "the first client sent 9 bytes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn does_not_wait_for_the_first_client() {
    let (server, mut counts) = start().await;
    let mut first = server.connect().await;
    first.ask("I stay", "I stay").await;
    let mut second = server.connect().await;
    second.ask("me too", "me too").await;
    drop(second);
    assert_eq!(
        count(&mut counts).await,
        6,
        "the second client sent 6 bytes"
    );
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
    let got = count(&mut counts).await;
    assert_eq!(got, 102_400, "the client sent 100 KiB");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_a_client_that_breaks_off() {
    let (server, mut counts) = start().await;
    let mut client = server.connect().await;
    client.ask("hello", "hello").await;
    client.socket.set_zero_linger().expect("the socket is open");
    drop(client);
    let got = count(&mut counts).await;
    assert_eq!(got, 5, "the client sent 5 bytes and reset the connection");
}
