use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use tokio::{io::AsyncReadExt, io::AsyncWriteExt, net::TcpStream};

use crate::support::{Server, assert_echo, assert_same, noise, within};

const MEBIBYTE: usize = 1 << 20;

/// Sends the chunks, one write each, while reading; then half-closes and
/// returns everything that came back.
async fn exchange(socket: &mut TcpStream, chunks: &[Vec<u8>]) -> Vec<u8> {
    let (mut from_server, mut to_server) = socket.split();
    let writing = async {
        for chunk in chunks {
            to_server.write_all(chunk).await?;
        }
        to_server.shutdown().await
    };
    let mut echo = Vec::new();
    let reading = from_server.read_to_end(&mut echo);
    let both = async { tokio::try_join!(writing, reading) };
    within("the echo and its end", both).await.unwrap();
    echo
}

#[tokio::test]
async fn echoes_one_byte() {
    let server = Server::start().await;
    let mut socket = server.connect().await;
    assert_echo(&mut socket, b"x").await;
    server.stop().await;
}

#[tokio::test]
async fn echoes_every_value_of_a_byte() {
    let server = Server::start().await;
    let mut socket = server.connect().await;
    let all: Vec<u8> = (0..=255).collect();
    assert_echo(&mut socket, &all).await;
    server.stop().await;
}

#[tokio::test]
async fn echoes_nothing_to_a_client_that_says_nothing() {
    let mut server = Server::start().await;
    let mut socket = server.connect().await;
    assert_eq!(exchange(&mut socket, &[]).await, b"");
    server.line("Connection closed").await;
    server.stop().await;
}

#[tokio::test]
async fn echoes_a_mebibyte_sent_at_once() {
    let server = Server::start().await;
    let mut socket = server.connect().await;
    let message = noise(MEBIBYTE, 1);
    let echo = exchange(&mut socket, std::slice::from_ref(&message)).await;
    assert_same(&echo, &message);
    server.stop().await;
}

#[tokio::test]
async fn echoes_bytes_split_across_writes() {
    let server = Server::start().await;
    let mut socket = server.connect().await;
    socket.set_nodelay(true).unwrap();
    let pieces = ["hel", "lo", "\n", "\n", "a", "gain"].map(Vec::from);
    assert_eq!(exchange(&mut socket, &pieces).await, b"hello\n\nagain");
    server.stop().await;
}

#[test]
fn echoes_any_bytes_in_any_pieces() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::start());
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    // Pieces up to more than twice the server's buffer.
    let pieces = vec(vec(any::<u8>(), 0..10_000), 0..8);
    let result = runner.run(&pieces, |pieces| {
        let echo = runtime.block_on(async {
            exchange(&mut server.connect().await, &pieces).await
        });
        prop_assert_eq!(echo, pieces.concat());
        Ok(())
    });
    runtime.block_on(server.stop());
    result.unwrap();
}
