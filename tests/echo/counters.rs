//! What the server counts, read as Prometheus would read it.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::yield_now,
};

use crate::support::{Server, assert_echo, counting, rest, within};

/// The page of the counters, by plain HTTP.
pub async fn page(counters: SocketAddr) -> String {
    let asking = async {
        let mut socket = TcpStream::connect(counters).await?;
        let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\
                       Connection: close\r\n\r\n";
        socket.write_all(request.as_bytes()).await?;
        let mut page = String::new();
        socket.read_to_string(&mut page).await?;
        std::io::Result::Ok(page)
    };
    let page = within("the counters", asking).await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    page
}

/// What stands behind a name; 0 if it has not been counted yet.
fn value(page: &str, name: &str) -> f64 {
    let is_it =
        |line: &&str| line.rsplit_once(' ').is_some_and(|l| l.0 == name);
    let line = page.lines().find(is_it);
    let value = line.and_then(|line| line.rsplit(' ').next());
    value.map_or(0.0, |value| value.parse().expect("a number"))
}

/// Waits until the counters say all this.
pub async fn until_counted(counters: SocketAddr, wanted: &[(&str, f64)]) {
    let counting = async {
        loop {
            let page = page(counters).await;
            let is_so = |(name, number): &(&str, f64)| {
                (value(&page, name) - number).abs() < f64::EPSILON
            };
            if wanted.iter().all(is_so) {
                return;
            }
            yield_now().await;
        }
    };
    within(&format!("the counters to say {wanted:?}"), counting).await;
}

#[tokio::test]
async fn a_conversation_is_counted_to_the_byte() {
    let server = Server::spawn(&mut counting("logged")).await;
    let counters = server.counters();
    until_counted(counters, &[("echo_open", 0.0)]).await;
    let mut client = server.connect().await;
    let mut silent = server.connect().await;
    assert_echo(&mut client, b"hello\n").await;
    assert_echo(&mut client, &[b"x".repeat(999), b"\n".to_vec()].concat())
        .await;
    until_counted(
        counters,
        &[
            ("echo_open", 2.0),
            ("echo_accepted_total", 2.0),
            ("echo_received_bytes_total", 1006.0),
            ("echo_sent_bytes_total", 1006.0),
            ("echo_conversation_seconds_count", 0.0),
        ],
    )
    .await;
    // What has no end yet is received, and not sent.
    client.write_all(b"half").await.unwrap();
    until_counted(
        counters,
        &[
            ("echo_received_bytes_total", 1010.0),
            ("echo_sent_bytes_total", 1006.0),
        ],
    )
    .await;
    client.shutdown().await.unwrap();
    assert_eq!(rest(&mut client).await, "half");
    silent.shutdown().await.unwrap();
    assert_eq!(rest(&mut silent).await, "");
    until_counted(
        counters,
        &[
            ("echo_open", 0.0),
            ("echo_accepted_total", 2.0),
            ("echo_received_bytes_total", 1010.0),
            ("echo_sent_bytes_total", 1010.0),
            ("echo_conversation_seconds_count", 2.0),
            ("echo_conversation_seconds_bucket{le=\"600\"}", 2.0),
            ("echo_conversation_seconds_bucket{le=\"+Inf\"}", 2.0),
        ],
    )
    .await;
    let page = page(counters).await;
    for other in ["echo_refused_total", "echo_let_go_total"] {
        assert!(!page.contains(other), "{page}");
    }
    assert!(page.contains("# TYPE echo_open gauge\n"), "{page}");
    assert!(
        page.contains("# TYPE echo_accepted_total counter\n"),
        "{page}"
    );
    server.stop().await;
}

#[tokio::test]
async fn who_is_refused_is_counted_by_the_reason_and_not_logged() {
    for (option, why, told) in [
        ("--clients", "full", "all places are taken\n"),
        ("--per-address", "crowd", "too many from your address\n"),
    ] {
        let server =
            Server::spawn(counting("logged").args([option, "1"])).await;
        let mut first = server.connect().await;
        assert_echo(&mut first, b"I was first\n").await;
        for _ in 0..3 {
            assert_eq!(rest(&mut server.connect().await).await, told);
        }
        let name = format!("echo_refused_total{{reason=\"{why}\"}}");
        until_counted(
            server.counters(),
            &[
                (&name, 3.0),
                ("echo_accepted_total", 1.0),
                ("echo_open", 1.0),
            ],
        )
        .await;
        drop(first);
        until_counted(server.counters(), &[("echo_open", 0.0)]).await;
        // Nor can a client that comes after those be told in their stead.
        let log = server.stop().await;
        assert!(!log.iter().any(|line| line.contains("refused")), "{log:#?}");
    }
}

/// Each goes for another reason, and each is gone then.
#[tokio::test]
async fn who_is_let_go_is_counted_by_the_reason() {
    for (option, limit, says, why) in [
        ("--idle", "50ms", "", "idle"),
        ("--line-time", "50ms", "half", "slow"),
        ("--longest-line", "3", "too long\n", "too_long"),
    ] {
        let server =
            Server::spawn(counting("logged").args([option, limit])).await;
        let mut client = server.connect().await;
        client.write_all(says.as_bytes()).await.unwrap();
        assert_ne!(rest(&mut client).await, "", "{why}");
        assert_let_go(&server, why).await;
        server.stop().await;
    }
}

#[tokio::test]
async fn who_never_reads_is_counted_as_deaf() {
    let server =
        Server::spawn(counting("logged").args(["--write-time", "50ms"])).await;
    let mut client = server.connect().await;
    let writing = async {
        let line = [&[b'x'; 4095][..], b"\n"].concat();
        while client.write_all(&line).await.is_ok() {}
    };
    within("the server's patience to end", writing).await;
    assert_let_go(&server, "deaf").await;
    server.stop().await;
}

#[tokio::test]
async fn who_breaks_off_is_counted_as_broken() {
    let server = Server::spawn(&mut counting("logged")).await;
    let mut client = server.connect().await;
    assert_echo(&mut client, b"hello\n").await;
    client.set_zero_linger().unwrap();
    drop(client);
    assert_let_go(&server, "broken").await;
    server.stop().await;
}

async fn assert_let_go(server: &Server, why: &str) {
    let name = format!("echo_let_go_total{{reason=\"{why}\"}}");
    until_counted(
        server.counters(),
        &[
            (&name, 1.0),
            ("echo_open", 0.0),
            ("echo_conversation_seconds_count", 1.0),
        ],
    )
    .await;
}

#[tokio::test]
async fn many_clients_that_leave_in_many_ways_leave_nothing_behind() {
    const CROWD: usize = 90;

    let server = Server::spawn(&mut counting("logged")).await;
    let mut clients = Vec::new();
    for _ in 0..CROWD {
        let mut client = server.connect().await;
        assert_echo(&mut client, b"hello\n").await;
        clients.push(client);
    }
    let all = [("echo_open", CROWD as f64)];
    until_counted(server.counters(), &all).await;
    for (number, client) in clients.iter_mut().enumerate() {
        match number % 3 {
            0 => client.shutdown().await.unwrap(),
            1 => client.set_zero_linger().unwrap(),
            _ => client.write_all(b"half a line").await.unwrap(),
        }
    }
    drop(clients);
    let none = [
        ("echo_open", 0.0),
        ("echo_accepted_total", CROWD as f64),
        ("echo_conversation_seconds_count", CROWD as f64),
    ];
    until_counted(server.counters(), &none).await;
    server.stop().await;
}

/// A server that listens on all addresses can be reached by this one, too.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_counters_are_for_this_machine_alone() {
    let server = Server::spawn(&mut counting("logged")).await;
    for addr in [server.counters(), server.addr()] {
        assert_eq!(addr.ip(), std::net::Ipv4Addr::LOCALHOST);
        let other = SocketAddr::from(([127, 0, 0, 2], addr.port()));
        let connecting = TcpStream::connect(other);
        let error = within("an answer", connecting).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    }
    server.stop().await;
}

#[tokio::test]
async fn who_asks_for_the_counters_and_says_nothing_holds_up_nobody() {
    let server = Server::spawn(&mut counting("logged")).await;
    let mut silent = Vec::new();
    for number in 0..20 {
        let connecting = TcpStream::connect(server.counters());
        let mut socket = within("a connection", connecting).await.unwrap();
        if number % 2 == 0 {
            socket.write_all(b"GET /metrics HTT").await.unwrap();
        }
        silent.push(socket);
    }
    assert_echo(&mut server.connect().await, b"hello\n").await;
    until_counted(server.counters(), &[("echo_accepted_total", 1.0)]).await;
    server.stop().await;
}
