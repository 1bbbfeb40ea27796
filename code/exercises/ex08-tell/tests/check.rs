//! The tests of the eighth exercise.

use std::io;

use ex08_tell::serve;
use testkit::{Client, Server};
use tokio::net::TcpStream;

/// A client that has been told `welcome`, and can hear the others.
async fn join(server: &Server<io::Result<()>>) -> Client<TcpStream> {
    let mut client = server.connect().await;
    client.expect("welcome\n").await;
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_others_hear_a_line() {
    let server = Server::start(serve).await;
    let mut ada = join(&server).await;
    let mut ben = join(&server).await;
    ada.send("hello\n").await;
    ben.expect("hello\n").await;
    ben.send("hello yourself\n").await;
    ada.expect("hello yourself\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_speaks_hears_the_others() {
    let server = Server::start(serve).await;
    let mut ada = join(&server).await;
    let mut ben = join(&server).await;
    let mut cleo = join(&server).await;
    ada.send("one\n").await;
    for listener in [&mut ben, &mut cleo] {
        listener.expect("one\n").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_hears_every_line() {
    let server = Server::start(serve).await;
    let mut ada = join(&server).await;
    let mut ben = join(&server).await;
    for i in 0..20 {
        ada.send(format!("line {i}\n")).await;
        ben.expect(format!("line {i}\n")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_hears_oneself() {
    let server = Server::start(serve).await;
    let mut ada = join(&server).await;
    let mut ben = join(&server).await;
    ada.send("a\n").await;
    ben.expect("a\n").await;
    ben.send("b\n").await;
    // The first thing that Ada hears is Ben, and not herself.
    ada.expect("b\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_stops_nobody() {
    let server = Server::start(serve).await;
    let mut ada = join(&server).await;
    let ben = join(&server).await;
    let mut cleo = join(&server).await;
    ben.socket.set_zero_linger().expect("the socket is open");
    drop(ben);
    for _ in 0..5 {
        ada.send("still here?\n").await;
        cleo.expect("still here?\n").await;
    }
}

/// More than the buffers on the way to a sleeper hold.
const LINES: usize = 1000;

fn long_line() -> String {
    "x".repeat(16 * 1024) + "\n"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sleeper_stops_nobody() {
    let server = Server::start(serve).await;
    let mut ada = join(&server).await;
    let _sleeper = join(&server).await;
    let mut cleo = join(&server).await;
    let line = long_line();
    for _ in 0..LINES {
        ada.send(&line).await;
        cleo.expect(&line).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sleeps_may_listen_again() {
    let server = Server::start(serve).await;
    let mut ada = join(&server).await;
    let mut sleeper = join(&server).await;
    let mut cleo = join(&server).await;
    let line = long_line();
    for _ in 0..LINES {
        ada.send(&line).await;
        cleo.expect(&line).await;
    }
    ada.send("wake up\n").await;
    // The sleeper has missed some lines, and hears the last one.
    let mut heard = String::new();
    while heard != "wake up\n" {
        heard = read_line(&mut sleeper).await;
    }
}

async fn read_line(client: &mut Client<TcpStream>) -> String {
    use tokio::io::{AsyncBufReadExt, BufReader};
    // One byte at a time, so that nothing is read ahead and lost.
    let mut reader = BufReader::with_capacity(1, &mut client.socket);
    let mut line = String::new();
    let reading = reader.read_line(&mut line);
    let length =
        testkit::within("the next line for the sleeper", reading).await;
    let length = length.expect("the connection does not break");
    assert_ne!(length, 0, "the sleeper was sent away");
    line
}
