//! The tests of the third exercise.

use std::time::Duration;

use ex03_quit::serve;
use testkit::{LIMIT, Server};
use tokio::{
    io::AsyncWriteExt,
    time::{sleep, timeout},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_lines_come_back() {
    let server = Server::start(serve).await;
    let mut client = server.connect().await;
    client.ask("hello\n", "hello\n").await;
    client.ask("how are you?\n", "how are you?\n").await;
    client.ask("\n", "\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_keeps_its_end() {
    let server = Server::start(serve).await;
    let mut client = server.connect().await;
    client.ask("hello\r\n", "hello\r\n").await;
    client.ask("\r\n", "\r\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn says_bye_and_lets_go() {
    let server = Server::start(serve).await;
    let mut client = server.connect().await;
    client.ask("hello\n", "hello\n").await;
    client.ask("quit\n", "bye\n").await;
    client.expect_end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listens_to_nobody_after_bye() {
    let server = Server::start(serve).await;
    let mut client = server.connect().await;
    client.ask("quit\n", "bye\n").await;
    client.expect_end().await;
    // Nobody takes these bytes: as soon as the client's machine has been told
    // so, it refuses to send more of them.
    let refused = async {
        while client.socket.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(
        timeout(LIMIT, refused).await.is_ok(),
        "the client sent \"quit\\n\", got \"bye\\n\" and the end, and sent on; \
         after {LIMIT:?} your code still takes its bytes"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn telnet_may_quit_as_well() {
    let server = Server::start(serve).await;
    let mut client = server.connect().await;
    // Telnet ends its lines with two bytes.
    client.ask("quit\r\n", "bye\n").await;
    client.expect_end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quit_inside_a_line_is_no_command() {
    let server = Server::start(serve).await;
    let mut client = server.connect().await;
    client.ask("I never quit\n", "I never quit\n").await;
    client.ask("quit smoking\n", "quit smoking\n").await;
    client.ask("quitter\n", "quitter\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_space_makes_a_difference() {
    let server = Server::start(serve).await;
    let mut client = server.connect().await;
    client.ask(" quit\n", " quit\n").await;
    client.ask("quit \n", "quit \n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lets_only_this_client_go() {
    let server = Server::start(serve).await;
    let mut stays = server.connect().await;
    stays.ask("hello\n", "hello\n").await;
    let mut goes = server.connect().await;
    goes.ask("quit\n", "bye\n").await;
    stays.ask("still there?\n", "still there?\n").await;
    server.connect().await.ask("new\n", "new\n").await;
}
