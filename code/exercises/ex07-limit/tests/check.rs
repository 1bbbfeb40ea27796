//! The tests of the seventh exercise.

use std::{io, time::Duration};

use ex07_limit::serve;
use testkit::{Client, Server, show};
use tokio::{io::AsyncReadExt, net::TcpStream, time::timeout};

const MOST: usize = 3;

/// Time enough for a server that answers too many to show it.
const MOMENT: Duration = Duration::from_millis(200);

async fn start() -> Server<io::Result<()>> {
    Server::start(|listener| serve(listener, MOST)).await
}

/// So many clients, all of them served.
async fn crowd(server: &Server<io::Result<()>>) -> Vec<Client<TcpStream>> {
    let mut clients = Vec::new();
    for _ in 0..MOST {
        let mut client = server.connect().await;
        client.ask("hello", "hello").await;
        clients.push(client);
    }
    clients
}

/// Sends a word, and expects that it is not answered yet.
async fn expect_to_wait(client: &mut Client<TcpStream>) {
    client.send("me too").await;
    let mut buffer = [0; 64];
    let reading = client.socket.read(&mut buffer);
    if let Ok(read) = timeout(MOMENT, reading).await {
        let got = read.map(|length| show(&buffer[..length]));
        panic!(
            "{MOST} clients are served, so one more has to wait; it got {got:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_as_allowed_are_served() {
    let server = start().await;
    for client in &mut crowd(&server).await {
        client.ask("still here", "still here").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_more_has_to_wait() {
    let server = start().await;
    let _clients = crowd(&server).await;
    expect_to_wait(&mut server.connect().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_is_served_in_the_end() {
    let server = start().await;
    let mut clients = crowd(&server).await;
    let mut waiting = server.connect().await;
    expect_to_wait(&mut waiting).await;
    clients.pop();
    waiting.expect("me too").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_is_given_back() {
    let server = start().await;
    for _ in 0..3 {
        drop(crowd(&server).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_is_given_back_after_an_error() {
    let server = start().await;
    for _ in 0..3 {
        for client in crowd(&server).await {
            client.socket.set_zero_linger().expect("the socket is open");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limit_holds_after_some_have_left() {
    let server = start().await;
    drop(crowd(&server).await);
    let _clients = crowd(&server).await;
    expect_to_wait(&mut server.connect().await).await;
}
