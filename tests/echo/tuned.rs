//! The server for many clients, and those that `compare` measures beside it.

use tokio::{io::AsyncWriteExt, process::Command};

use crate::support::{
    Server, assert_echo, assert_last, command, example, noise, within,
};
#[cfg(target_os = "linux")]
use crate::{
    other_echoes::{FILES, waits_and_recovers},
    support::{nobody_listens, with_few_files},
};

/// So many clients talk in turn.
const TALKING: usize = 60;

/// More than one read takes.
const LONG_MESSAGE: usize = 100_000;

/// Clients that come, talk in turn, and go: in pieces, at length, politely or
/// not.
async fn serves_many(command: &mut Command) {
    let server = Server::spawn(command).await;
    let mut clients = Vec::new();
    for _ in 0..TALKING {
        clients.push(server.connect().await);
    }
    for round in 0..3 {
        for (number, client) in clients.iter_mut().enumerate() {
            let words = format!("client {number}, round {round}\n");
            assert_echo(client, words.as_bytes()).await;
        }
    }
    for client in clients.drain(..TALKING / 2) {
        client.set_zero_linger().unwrap();
    }
    let message = noise(LONG_MESSAGE, 1);
    for mut client in clients {
        assert_echo(&mut client, &message).await;
        within("room to write", client.write_all(b"goodbye"))
            .await
            .unwrap();
        client.shutdown().await.unwrap();
        assert_last(&mut client, "goodbye").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn tuned_serves_many_clients() {
    for threads in ["1", "3"] {
        let mut command = command("tuned");
        serves_many(command.args(["0", "--threads", threads])).await;
    }
}

/// What a program says that cannot begin.
async fn complaint(command: &mut Command) -> String {
    let output = within("its end", command.output()).await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    said
}

/// Also by a server that would share it.
#[tokio::test]
async fn tuned_says_that_its_port_is_taken() {
    let server =
        Server::spawn(command("tuned").args(["0", "--threads", "2"])).await;
    let port = server.addr().port().to_string();
    let named = format!("cannot listen on port {port}");
    for threads in ["1", "2"] {
        let mut second = command("tuned");
        let said = complaint(second.args([&port, "--threads", threads])).await;
        assert!(said.contains(&named), "{said}");
    }
    server.stop().await;
}

/// Each knob by itself: a server that is measured has to work.
#[tokio::test]
async fn a_server_works_whatever_knob_is_turned() {
    for knobs in [
        "--workers 0",
        "--workers 2 --global-queue-interval 1",
        "--buffer readable",
        "--buffer thread",
        "--queue 4096",
        "--print line",
        "--print unlocked",
    ] {
        let mut command = Command::new(example("knobs"));
        command.arg("0").args(knobs.split(' ')).kill_on_drop(true);
        serves_many(&mut command).await;
    }
}

/// One thread, and a client that always has something to say.
#[tokio::test]
async fn who_never_pauses_lets_others_have_their_turn() {
    for buffer in ["future", "readable", "thread"] {
        let mut command = Command::new(example("knobs"));
        command.args(["0", "--workers", "0", "--buffer", buffer]);
        let server = Server::spawn(command.kill_on_drop(true)).await;
        let mut flood = server.connect().await;
        let flood = tokio::spawn(async move {
            let (mut reading, mut writing) = flood.split();
            let mut forever = tokio::io::repeat(b'x');
            let writing = tokio::io::copy(&mut forever, &mut writing);
            let mut nowhere = tokio::io::sink();
            let reading = tokio::io::copy(&mut reading, &mut nowhere);
            tokio::join!(writing, reading)
        });
        for number in 0..100 {
            let mut client = server.connect().await;
            let words = format!("client {number}\n");
            assert_echo(&mut client, words.as_bytes()).await;
        }
        flood.abort();
        server.stop().await;
    }
}

/// A system may have no io_uring, or forbid it. Then the example says so.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_ring_serves_many_clients_or_says_no() {
    let uring = example("uring");
    let (_socket, taken) = nobody_listens();
    let mut second = Command::new(&uring);
    second.arg(taken.port().to_string()).kill_on_drop(true);
    if complaint(&mut second)
        .await
        .contains("there is no io_uring")
    {
        return;
    }
    let mut command = Command::new(&uring);
    command.arg("0").kill_on_drop(true);
    serves_many(&mut command).await;
    let mut command = with_few_files(uring, FILES);
    waits_and_recovers(Server::spawn(command.arg("0")).await).await;
}

/// It may open one file more than it has, and a ring takes two.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_a_ring_it_says_no() {
    let script = "exec 3>&- && ulimit -n 4 && exec \"$0\" 0";
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(example("uring"));
    let said = complaint(command.kill_on_drop(true)).await;
    assert!(said.contains("there is no io_uring"), "{said}");
}
