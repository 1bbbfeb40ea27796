//! A client that never reads. The first server waits for as long as the client
//! likes until it can write its answer, and keeps a task and a socket for it.
//! The limited one lets it go after a time.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    connections::write_until_nothing_moves,
    support::{Server, assert_echo, command, within},
};

/// A client of the limited server that sends lines and takes no answer, until
/// the server lets it go.
async fn let_go() {
    let mut limited = command("limited");
    limited.args(["0", "--write-time", "200ms"]);
    let mut server = Server::spawn(&mut limited).await;
    let mut client = server.connect().await;
    let writing =
        async { while client.write_all(&[b'\n'; 65536]).await.is_ok() {} };
    within("the connection to break", writing).await;
    server.line("Let go: you did not take your answer").await;
    assert_echo(&mut server.connect().await, b"and the others?\n").await;
    server.stop().await;
}

#[tokio::test]
async fn server_keeps_a_client_that_never_reads() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let sent = write_until_nothing_moves(&mut client).await;
    let_go().await;

    let (mut from_server, mut to_server) = client.split();
    let mut echo = Vec::new();
    let both = async {
        let reading = from_server.read_to_end(&mut echo);
        tokio::try_join!(to_server.shutdown(), reading)
    };
    within("the whole echo", both).await.unwrap();
    assert_eq!(echo.len(), sent, "bytes back for bytes sent");
    server.stop().await;
}

#[tokio::test]
async fn limited_lets_go_of_a_client_that_never_reads() {
    let_go().await;
}
