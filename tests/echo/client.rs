use std::{io, pin::pin, time::Duration};

use echo::client::Client;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time,
};

use crate::support::{Server, assert_same, nobody_listens, noise, within};

/// Time enough for a client that is content with too little to show it.
const A_MOMENT: Duration = Duration::from_millis(100);

/// A listener in place of the server, for a peer that misbehaves.
async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

#[tokio::test]
async fn replies_are_exactly_what_was_sent() {
    let server = Server::start().await;
    let mut client = Client::connect(server.addr()).await.unwrap();
    for length in [0, 1, 4095, 4096, 4097, 100_000] {
        let message = noise(length, length as u64);
        let reply = within("a reply", client.send(&message)).await.unwrap();
        assert_same(&reply, &message);
    }
    client.close().await.unwrap();
    server.stop().await;
}

/// More than all buffers on the way hold. A client that sent the whole message
/// before it read the first byte of the reply would wait for ever.
#[tokio::test]
async fn a_message_larger_than_all_buffers_comes_back() {
    const LENGTH: usize = 128 << 20;

    let server = Server::start().await;
    let mut client = Client::connect(server.addr()).await.unwrap();
    let message = vec![b'x'; LENGTH];
    let reply = within("the reply", client.send(&message)).await.unwrap();
    assert!(reply == message, "all of it comes back");
    server.stop().await;
}

/// TCP may deliver a reply in pieces: one read is not enough.
#[tokio::test]
async fn a_reply_in_pieces_is_put_together() {
    let listener = listen().await;
    let addr = listener.local_addr().unwrap();
    let (half_sent, half) = oneshot::channel();
    let (release, released) = oneshot::channel();
    let peer = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        socket.read_exact(&mut [0; 5]).await.unwrap();
        socket.write_all(b"hel").await.unwrap();
        half_sent.send(()).unwrap();
        released.await.unwrap();
        socket.write_all(b"lo").await.unwrap();
    });

    let mut client = Client::connect(addr).await.unwrap();
    let mut sending = pin!(client.send(b"hello"));
    tokio::select! {
        _ = &mut sending => panic!("a reply before anything was sent"),
        sent = half => sent.unwrap(),
    }
    let early = time::timeout(A_MOMENT, &mut sending).await;
    assert!(early.is_err(), "{early:?} for half a reply");

    release.send(()).unwrap();
    let reply = within("the reply", sending).await.unwrap();
    assert_eq!(reply, b"hello");
    peer.await.unwrap();
}

#[tokio::test]
async fn a_server_that_leaves_early_is_an_error() {
    let listener = listen().await;
    let addr = listener.local_addr().unwrap();
    let peer = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.read_exact(&mut [0; 5]).await.unwrap();
        socket.write_all(b"hel").await.unwrap();
    });

    let mut client = Client::connect(addr).await.unwrap();
    let result = within("the end", client.send(b"hello")).await;
    assert_eq!(result.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    peer.await.unwrap();
}

#[tokio::test]
async fn connecting_to_nobody_is_an_error() {
    let (_socket, addr) = nobody_listens();
    let result = within("a refusal", Client::connect(addr)).await;
    let error = result.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn closing_a_broken_connection_is_no_error() {
    let listener = listen().await;
    let client = Client::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (socket, _) = listener.accept().await.unwrap();
    socket.set_zero_linger().unwrap();
    drop(socket);
    client.close().await.unwrap();
}

#[tokio::test]
async fn closing_is_seen_by_the_server() {
    let mut server = Server::start().await;
    let client = Client::connect(server.addr()).await.unwrap();
    client.close().await.unwrap();
    server.line("Connection closed").await;
    server.stop().await;
}

#[tokio::test]
async fn relay_drains_the_reply_before_it_returns() {
    let server = Server::start().await;
    let client = Client::connect(server.addr()).await.unwrap();
    let input = noise(300_000, 3);
    let mut output = Vec::new();
    let relaying = client.relay(&input[..], &mut output);
    within("the relay's end", relaying).await.unwrap();
    assert_same(&output, &input);
    server.stop().await;
}

#[tokio::test]
async fn relay_ends_when_the_server_closes_first() {
    let listener = listen().await;
    let client = Client::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (mut socket, _) = listener.accept().await.unwrap();
    socket.write_all(b"bye").await.unwrap();
    drop(socket);

    // Input that never comes to an end, like a terminal nobody types at.
    let (_typist, input) = tokio::io::duplex(1);
    let mut output = Vec::new();
    let relaying = client.relay(input, &mut output);
    within("the relay's end", relaying).await.unwrap();
    assert_eq!(output, b"bye");
}

/// The last words of a server must not be lost to an error of sending.
#[tokio::test]
async fn relay_drains_the_reply_of_a_server_that_has_gone() {
    for _ in 0..100 {
        let listener = listen().await;
        let addr = listener.local_addr().unwrap();
        let client = Client::connect(addr).await.unwrap();
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"bye").await.unwrap();
        drop(socket);

        let mut output = Vec::new();
        let relaying = client.relay(&b"too late\n"[..], &mut output);
        within("the relay's end", relaying).await.unwrap();
        assert_eq!(output, b"bye");
    }
}

/// An error of the input is no fault of the connection, and ends the relay
/// even though the server still waits.
#[tokio::test]
async fn relay_reports_an_error_of_its_input() {
    let server = Server::start().await;
    let client = Client::connect(server.addr()).await.unwrap();
    let input = broken_input();
    let relaying = client.relay(input, tokio::io::sink());
    let error = within("the relay's end", relaying).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Other);
    server.stop().await;
}

/// An input whose first read fails.
fn broken_input() -> impl tokio::io::AsyncRead + Unpin {
    struct Broken;
    impl tokio::io::AsyncRead for Broken {
        fn poll_read(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context,
            _: &mut tokio::io::ReadBuf,
        ) -> std::task::Poll<io::Result<()>> {
            std::task::Poll::Ready(Err(io::Error::other("on purpose")))
        }
    }
    Broken
}

/// Nobody ever accepts this connection, and still all that the sender does is
/// a success.
#[tokio::test]
async fn what_was_sent_and_closed_need_not_have_arrived() {
    let listener = listen().await;
    let addr = listener.local_addr().unwrap();
    let mut socket = within("a connection", TcpStream::connect(addr))
        .await
        .unwrap();
    within("the sending", socket.write_all(b"hello"))
        .await
        .unwrap();
    within("the closing", socket.shutdown()).await.unwrap();
    drop(listener);
}

/// Bytes that nobody has read turn a polite end into a reset.
#[tokio::test]
async fn who_closes_without_reading_resets_the_connection() {
    let listener = listen().await;
    let addr = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(addr).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    client.write_all(b"hello").await.unwrap();
    within("the hello", server.readable()).await.unwrap();
    drop(server);

    let mut byte = [0; 1];
    let end = client.read(&mut byte);
    let error = within("the end", end).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{error}");
}
