//! A client that never speaks. The first server keeps a task and a socket for
//! it for as long as it stays. The limited one lets it go after a time, and
//! tells it why.

use crate::support::{Server, assert_echo, assert_last, command};

/// A client of the limited server that says nothing, until it is let go.
async fn let_go() {
    let mut limited = command("limited");
    limited.args(["0", "--idle", "200ms"]);
    let mut server = Server::spawn(&mut limited).await;
    let mut client = server.connect().await;
    assert_last(&mut client, "you were silent for too long\n").await;
    server.line("Let go: you were silent for too long").await;
    server.stop().await;
}

#[tokio::test]
async fn server_keeps_a_client_that_never_speaks() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        let_go().await;
    }
    assert_echo(&mut client, b"here I am\n").await;
    server.stop().await;
}

#[tokio::test]
async fn limited_lets_go_of_a_client_that_never_speaks() {
    let_go().await;
}
