//! `talk` with inputs and outputs that no terminal has.

use std::{net::Ipv4Addr, time::Duration};

use tokio::{io::AsyncReadExt, net::TcpListener, time};

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
