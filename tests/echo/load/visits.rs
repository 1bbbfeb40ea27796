use std::{net::SocketAddr, process::Stdio};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::Child,
    sync::mpsc,
};

use super::{
    load, measure,
    servers::{Fake, closes_after, deaf, echo, flood, silent},
};
use crate::support::{assert_last, nobody_listens, within};

#[tokio::test]
async fn a_server_that_does_not_listen_loses_all_clients() {
    let (_socket, addr) = nobody_listens();
    for (options, asked) in [
        (["--connections", "7"], "connections"),
        (["--idle", "7"], "asked"),
        (["--storm", "7"], "asked"),
    ] {
        let outcome = measure(addr, &options).await;
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        assert_eq!(outcome.count(asked), 7, "{outcome:#?}");
        assert_eq!(outcome.count("lost"), 7, "{outcome:#?}");
        let said = "7 clients were lost; of the first: Connection refused";
        assert!(outcome.stderr.contains(said), "{outcome:#?}");
    }
}

/// A server that does nothing, and its clients.
async fn collecting() -> (Fake, mpsc::UnboundedReceiver<TcpStream>) {
    let (sender, sockets) = mpsc::unbounded_channel();
    let server = Fake::start(move |socket, _| {
        let _ = sender.send(socket);
        async { Ok(()) }
    });
    (server.await, sockets)
}

/// Starts a load that holds connections, and returns it with what it prints.
pub async fn hold(server: SocketAddr, options: &[&str]) -> (Child, Value) {
    let mut load = load(server, options);
    load.stdin(Stdio::piped()).stdout(Stdio::piped());
    load.stderr(Stdio::piped());
    let mut load = load.arg("--json").spawn().unwrap();
    let mut stdout = BufReader::new(load.stdout.take().unwrap());
    let mut line = String::new();
    let reading = stdout.read_line(&mut line);
    within("the connections", reading).await.unwrap();
    (load, serde_json::from_str(&line).expect("one line"))
}

#[tokio::test]
async fn idle_clients_stay_until_the_end_of_the_input() {
    let (server, mut sockets) = collecting().await;
    let (mut load, json) = hold(server.addr, &["--idle", "60"]).await;
    for (what, count) in [("asked", 60), ("open", 60), ("lost", 0)] {
        assert_eq!(json[what], count, "{json}");
    }
    assert_eq!(json["kind"], "idle");
    assert!(json["seconds"].as_f64().unwrap() > 0.0, "{json}");

    let mut clients = Vec::new();
    for _ in 0..60 {
        let client = within("a client", sockets.recv()).await.unwrap();
        let nothing = client.try_read(&mut [0]).unwrap_err();
        assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);
        clients.push(client);
    }
    assert!(load.try_wait().unwrap().is_none(), "it holds them");
    drop(load.stdin.take());
    for mut client in clients {
        assert_last(&mut client, "").await;
    }
    let status = within("the load's end", load.wait()).await.unwrap();
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn idle_clients_stay_as_long_as_they_were_told() {
    let server = Fake::start(|socket, _| deaf(socket)).await;
    let options = ["--idle", "3", "--duration", "100ms"];
    let (mut load, json) = hold(server.addr, &options).await;
    assert_eq!(json["open"], 3);
    let _input = load.stdin.take();
    let status = within("the load's end", load.wait()).await.unwrap();
    assert_eq!(status.code(), Some(0));
}

/// Ten are lost, and ten hear what they have not asked for.
#[tokio::test]
async fn idle_clients_tell_when_they_are_disturbed() {
    let (server, mut sockets) = collecting().await;
    let (mut load, json) = hold(server.addr, &["--idle", "20"]).await;
    assert_eq!(json["open"], 20);
    for number in 0..20 {
        let mut client = within("a client", sockets.recv()).await.unwrap();
        if number % 2 == 0 {
            client.write_all(b"hello").await.unwrap();
        }
    }
    let _input = load.stdin.take();
    let output = within("the load's end", load.wait_with_output()).await;
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let said = "10 clients got wrong bytes, 10 were lost; the first: ";
    assert!(stderr.contains(said), "{stderr}");
}

#[tokio::test]
async fn clients_of_a_storm_come_are_served_and_go() {
    let (sender, mut ends) = mpsc::unbounded_channel();
    let server = Fake::start(move |socket, _| {
        let sender = sender.clone();
        async move {
            echo(socket).await?;
            let _ = sender.send(());
            Ok(())
        }
    });
    let outcome = measure(server.await.addr, &["--storm", "300"]).await;
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    assert_eq!(outcome.json["kind"], "storm");
    for (what, count) in [("asked", 300), ("served", 300), ("lost", 0)] {
        assert_eq!(outcome.count(what), count, "{outcome:#?}");
    }
    for _ in 0..300 {
        within("the end of a client", ends.recv()).await.unwrap();
    }
}

#[tokio::test]
async fn a_storm_tells_of_clients_that_were_not_served() {
    let server = Fake::start(|socket, number| async move {
        match number % 3 {
            0 => echo(socket).await,
            1 => closes_after(10, socket).await,
            _ => flood(socket).await,
        }
    });
    let outcome = measure(server.await.addr, &["--storm", "300"]).await;
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert_eq!(outcome.count("served"), 100, "{outcome:#?}");
    assert_eq!(outcome.count("lost"), 200, "{outcome:#?}");
    assert!(
        outcome.stderr.contains("100 clients got wrong"),
        "{outcome:#?}"
    );

    let silent = Fake::start(|socket, _| silent(socket)).await;
    let options = ["--storm", "300", "--duration", "100ms"];
    let outcome = measure(silent.addr, &options).await;
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert_eq!(outcome.count("lost"), 300, "{outcome:#?}");
}
