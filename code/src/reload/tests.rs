//! `talk` with inputs and outputs that no terminal has.

use std::{net::Ipv4Addr, time::Duration};

use tokio::{
    io::{AsyncReadExt, BufReader, duplex},
    net::TcpListener,
    time,
};

use super::*;
use crate::server;

const DEADLINE: Duration = Duration::from_secs(30);

async fn within<T>(future: impl Future<Output = io::Result<T>>) -> T {
    time::timeout(DEADLINE, future).await.unwrap().unwrap()
}

/// The server does not read on before its answers are read. A client that
/// writes all before it reads waits for ever.
#[tokio::test]
async fn a_line_larger_than_all_buffers_comes_back() {
    let server = server::start(0).await.unwrap();
    let mut client = within(Client::connect(server.addr())).await;
    let line = vec![b'x'; 64 * 1024 * 1024];
    let mut output = Vec::new();
    let ended = within(talk(&mut client, &*line, &mut output)).await;
    assert_eq!(ended, Ended::Closed);
    assert_eq!(output.len(), line.len());
}

#[tokio::test]
async fn what_comes_before_a_reload_is_sent_and_nothing_after_it() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let mut client = within(Client::connect(addr)).await;
    let (mut server, _) = within(listener.accept()).await;
    let mut input = &b"one\ntwo\n:reload\nthree\n"[..];

    let ended = within(talk(&mut client, &mut input, Vec::new())).await;
    assert_eq!(ended, Ended::Reload);
    assert_eq!(input, b"three\n");
    drop(client);
    let mut got = Vec::new();
    within(server.read_to_end(&mut got)).await;
    assert_eq!(got, b"one\ntwo\n");
}

/// The server speaks while half a line is typed, and then the input ends. What
/// was read before the interruption is not forgotten.
#[tokio::test]
async fn half_a_line_at_the_end_of_the_input_is_sent() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let mut client = within(Client::connect(addr)).await;
    let (mut server, _) = within(listener.accept()).await;
    // A byte can be typed only when the one before it has been read.
    let (mut keyboard, input) = duplex(1);
    let (output, mut screen) = duplex(1);

    let talking = talk(&mut client, BufReader::new(input), output);
    let playing = async {
        keyboard.write_all(b"half").await?;
        server.write_all(b"!").await?;
        screen.read_u8().await?;
        drop(keyboard);
        let mut got = Vec::new();
        server.read_to_end(&mut got).await?;
        drop(server);
        Ok(got)
    };
    let (ended, got) =
        within(async { tokio::try_join!(talking, playing) }).await;
    assert_eq!(ended, Ended::Closed);
    assert_eq!(got, b"half");
}
