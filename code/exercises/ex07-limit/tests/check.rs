//! The tests of the seventh exercise.

use std::{
    io,
    time::{Duration, Instant},
};

use ex07_limit::serve;
use testkit::{Client, Server, listen, show};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    time::timeout,
};

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
        let got = match read {
            Ok(length) => show(&buffer[..length]),
            Err(error) => format!("an error: {error}"),
        };
        panic!(
            "{MOST} clients are served, so one more has to wait; it sent \
             \"me too\", and got {got}"
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
async fn the_next_one_waits_in_the_queue() {
    let (listener, addr) = listen().await;
    let listener = listener.into_std().expect("the listener is lost");
    // A second way to the same queue: who waits there can be fetched.
    let queue = listener.try_clone().expect("the listener cannot be cloned");
    let server = Server::start_at(addr, || {
        serve(
            TcpListener::from_std(listener)
                .expect("tokio refuses the listener"),
            MOST,
        )
    });
    let _clients = crowd(&server).await;
    expect_to_wait(&mut server.connect().await).await;
    if let Err(error) = queue.accept() {
        panic!(
            "{MOST} clients are served, and one more has connected; it should \
             wait in the operating system's queue, and it is not there: {error}"
        );
    }
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
            client.reset();
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

/// Half of the turns are taken in less than that. Who looks for a free place
/// twenty times a second needs twice as long.
const TURN: Duration = Duration::from_millis(12);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_one_does_not_wait_for_somebody_to_look() {
    const TURNS: usize = 41;

    let server = start().await;
    let mut clients = crowd(&server).await;
    let mut turns = Vec::new();
    for _ in 0..TURNS {
        let mut next = server.connect().await;
        next.send("me too").await;
        let start = Instant::now();
        drop(clients.remove(0));
        next.expect("me too").await;
        turns.push(start.elapsed());
        clients.push(next);
    }
    turns.sort();
    let median = turns[TURNS / 2];
    assert!(
        median < TURN,
        "when a client leaves, the next one should be served at once; half of \
         {TURNS} had to wait for {median:?} and longer"
    );
}
