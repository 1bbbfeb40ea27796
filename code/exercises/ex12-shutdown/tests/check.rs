//! The tests of the twelfth exercise.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use ex12_shutdown::serve;
use testkit::{Server, within};
use tokio::{
    net::TcpStream,
    sync::oneshot::{self, Sender},
    time::sleep,
};

/// Much longer than a polite client needs.
const LONG: Duration = Duration::from_secs(30);

/// Soon over.
const SHORT: Duration = Duration::from_millis(300);

/// A server, and what stops it.
async fn start(grace: Duration) -> (Server<io::Result<usize>>, Sender<()>) {
    let (stop, stopped) = oneshot::channel();
    let stopped = async move {
        // A sender that is gone means the same.
        let _ = stopped.await;
    };
    let server =
        Server::start(|listener| serve(listener, stopped, grace)).await;
    (server, stop)
}

/// Tells the server to stop.
fn tell(stop: Sender<()>) {
    let told = stop.send(());
    assert!(
        told.is_ok(),
        "`serve` dropped `stop` without waiting for it"
    );
}

/// Stops the server, and waits until nobody can connect.
async fn stop(addr: SocketAddr, stop: Sender<()>) {
    tell(stop);
    let closing = async {
        while TcpStream::connect(addr).await.is_ok() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    within("the closing of the port after `stop`", closing).await;
}

/// Expects that your server has cut off so many.
async fn expect_cut_off(
    server: Server<io::Result<usize>>,
    deed: &str,
    expected: usize,
) {
    match server.end(&format!("`stop` is done, and {deed}")).await {
        Ok(got) => assert!(
            got == expected,
            "{deed}; `serve` should return {expected}, and returned {got}"
        ),
        Err(error) => panic!("{deed}; `serve` returned the error {error}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serves_until_it_is_told_to_stop() {
    let (server, _stop) = start(LONG).await;
    server.connect().await.ask("hello", "hello").await;
    server.connect().await.ask("hello", "hello").await;
    assert!(server.is_running(), "nobody has told your server to stop");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stops_while_nobody_comes() {
    let (server, stop) = start(LONG).await;
    tell(stop);
    expect_cut_off(server, "nobody was connected", 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_can_connect_any_more() {
    let (server, sender) = start(LONG).await;
    let mut client = server.connect().await;
    client.ask("hello", "hello").await;
    stop(server.addr, sender).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_connected_may_finish() {
    let (server, sender) = start(LONG).await;
    let mut client = server.connect().await;
    client.ask("hello", "hello").await;
    stop(server.addr, sender).await;
    client.ask("one more thing", "one more thing").await;
    client.ask("and another", "and another").await;
    client.finish().await;
    client.expect_end().await;
    expect_cut_off(server, "the client has left by itself", 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goes_when_the_last_client_has_left() {
    let (server, sender) = start(LONG).await;
    let mut client = server.connect().await;
    client.ask("hello", "hello").await;
    stop(server.addr, sender).await;
    drop(client);
    let start = Instant::now();
    expect_cut_off(server, "the client has left by itself", 0).await;
    let took = start.elapsed();
    assert!(
        took < LONG / 10,
        "the last client has left, and `serve` returned after {took:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_leave_is_cut_off() {
    let (server, sender) = start(SHORT).await;
    let mut client = server.connect().await;
    client.ask("hello", "hello").await;
    let start = Instant::now();
    stop(server.addr, sender).await;
    expect_cut_off(server, "one client did not leave", 1).await;
    let took = start.elapsed();
    assert!(took >= SHORT, "the client had {SHORT:?}, and got {took:?}");
    client.expect_end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_cut_off_are_counted() {
    let (server, sender) = start(SHORT).await;
    let mut clients = Vec::new();
    for _ in 0..8 {
        let mut client = server.connect().await;
        client.ask("hello", "hello").await;
        clients.push(client);
    }
    let start = Instant::now();
    stop(server.addr, sender).await;
    for mut client in clients.drain(..2) {
        client.finish().await;
        client.expect_end().await;
    }
    expect_cut_off(server, "8 were connected, and 2 of them have left", 6)
        .await;
    // One after the other, six of them would have six times as long.
    let took = start.elapsed();
    assert!(
        took < SHORT * 4,
        "6 did not leave, and had {SHORT:?} together; it took {took:?}"
    );
}
