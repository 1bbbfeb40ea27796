//! The tests of the eighth exercise.

use std::io;

use ex08_tell::serve;
use testkit::{Client, Server, within};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
};

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
    let deed = "of two clients, one sent \"hello\\n\"; the other listened";
    ben.expect_when(deed, "hello\n").await;
    ben.send("hello yourself\n").await;
    let deed = "then the other sent \"hello yourself\\n\"; the first listened";
    ada.expect_when(deed, "hello yourself\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_speaks_hears_the_others() {
    let server = Server::start(serve).await;
    let mut ada = join(&server).await;
    let mut ben = join(&server).await;
    let mut cleo = join(&server).await;
    ada.send("one\n").await;
    for listener in [&mut ben, &mut cleo] {
        let deed = "of three clients, one sent \"one\\n\"; another listened";
        listener.expect_when(deed, "one\n").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_hears_every_line() {
    let server = Server::start(serve).await;
    let mut ada = join(&server).await;
    let mut ben = join(&server).await;
    for i in 0..20 {
        ada.send(format!("line {i}\n")).await;
        let deed = format!("one client sent line {i}; the other listened");
        ben.expect_when(&deed, format!("line {i}\n")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_may_come_in_pieces() {
    let server = Server::start(serve).await;
    let mut ada = join(&server).await;
    let mut ben = join(&server).await;
    for _ in 0..20 {
        ada.send("hel").await;
        let deed = "one client sent \"hel\", another one \"x\\n\"; the first \
                    listened";
        // Ada hears this in the middle of her line.
        ben.send("x\n").await;
        ada.expect_when(deed, "x\n").await;
        ada.send("lo\n").await;
        let deed = "one client sent \"hel\", heard a line from the other, and \
                    sent \"lo\\n\"; the other listened";
        ben.expect_when(deed, "hello\n").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_hears_oneself() {
    let server = Server::start(serve).await;
    let mut ada = join(&server).await;
    let mut ben = join(&server).await;
    ada.send("a\n").await;
    let deed = "of two clients, one sent \"a\\n\"; the other listened";
    ben.expect_when(deed, "a\n").await;
    ben.send("b\n").await;
    // The first thing that Ada hears is Ben, and not herself.
    let deed =
        "one client sent \"a\\n\", the other \"b\\n\"; the first listened";
    ada.expect_when(deed, "b\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_stops_nobody() {
    let server = Server::start(serve).await;
    let mut ada = join(&server).await;
    let ben = join(&server).await;
    let mut cleo = join(&server).await;
    ben.reset();
    for _ in 0..5 {
        ada.send("still here?\n").await;
        let deed = "of three clients, one reset its connection, one sent \
                    \"still here?\\n\"; the third listened";
        cleo.expect_when(deed, "still here?\n").await;
    }
}

/// More than the buffers on the way to a sleeper hold.
const LINES: usize = 1000;

const SLEEPER: &str = "of three clients, one never read, one sent many long \
                       lines; the third listened";

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
        cleo.expect_when(SLEEPER, &line).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sleeps_may_listen_again() {
    let server = Server::start(serve).await;
    let mut ada = join(&server).await;
    let sleeper = join(&server).await;
    let mut cleo = join(&server).await;
    let line = long_line();
    for _ in 0..LINES {
        ada.send(&line).await;
        cleo.expect_when(SLEEPER, &line).await;
    }
    ada.send("wake up\n").await;
    // The sleeper has missed some lines, and hears the last one.
    let mut sleeper = BufReader::new(sleeper.socket);
    let mut heard = String::new();
    while heard != "wake up\n" {
        heard.clear();
        let reading = sleeper.read_line(&mut heard);
        let read = within("the next line for the sleeper", reading).await;
        let length = read.unwrap_or_else(|error| {
            panic!("the sleeper's connection broke: {error}")
        });
        assert!(length > 0, "the sleeper did not read, and was sent away");
    }
}
