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

/// Stops the server, and waits until nobody can connect.
async fn stop(addr: SocketAddr, stop: Sender<()>) {
    stop.send(()).expect("your server waits for `stop`");
    let closing = async {
        while TcpStream::connect(addr).await.is_ok() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    within("the closing of the port after `stop`", closing).await;
}

/// How many your server says that it has cut off.
async fn cut_off(server: Server<io::Result<usize>>) -> usize {
    server.end().await.expect("no error has happened")
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
    stop.send(()).expect("your server waits for `stop`");
    assert_eq!(cut_off(server).await, 0, "nobody was connected");
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
    assert_eq!(cut_off(server).await, 0, "the client has left by itself");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goes_when_the_last_client_has_left() {
    let (server, sender) = start(LONG).await;
    let mut client = server.connect().await;
    client.ask("hello", "hello").await;
    stop(server.addr, sender).await;
    drop(client);
    let start = Instant::now();
    cut_off(server).await;
    assert!(start.elapsed() < LONG / 10, "the grace need not be used up");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_leave_is_cut_off() {
    let (server, sender) = start(SHORT).await;
    let mut client = server.connect().await;
    client.ask("hello", "hello").await;
    let start = Instant::now();
    stop(server.addr, sender).await;
    assert_eq!(cut_off(server).await, 1, "one client did not leave");
    let took = start.elapsed();
    assert!(took >= SHORT, "the client had {SHORT:?}, and got {took:?}");
    client.expect_end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_cut_off_are_counted() {
    let (server, sender) = start(SHORT).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        let mut client = server.connect().await;
        client.ask("hello", "hello").await;
        clients.push(client);
    }
    stop(server.addr, sender).await;
    for mut client in clients.drain(..2) {
        client.finish().await;
        client.expect_end().await;
    }
    let count = cut_off(server).await;
    assert_eq!(count, 3, "five were connected, and two have left");
}
