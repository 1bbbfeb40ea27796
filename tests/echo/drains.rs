//! How `drained` stops: nobody is cut off who can still be answered, and
//! nobody can keep it for longer than it allows.

use std::{
    process::ExitStatus,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal::{self, SIGCONT, SIGINT, SIGTERM};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinSet,
    time,
};

use crate::{
    counters::until_counted,
    support::{Server, assert_echo, assert_same, counting, rest, within},
};

/// The last word of the server to those that it has time to tell.
const TOLD: &str = "the server stops\n";

/// How long the conversations may take when a test waits for that.
const GRACE: Duration = Duration::from_secs(1);

/// Later than the grace, on the slowest machine.
const LATE: Duration = Duration::from_secs(10);

/// The exit code of a program that has cut somebody off.
const CUT_OFF: Option<i32> = Some(3);

async fn drained(grace: &str) -> Server {
    Server::spawn(counting("drained").args(["--grace", grace])).await
}

/// Sends a signal, and waits for the end. Returns the exit code, the log, and
/// how long it took.
async fn stop(
    server: Server,
    signal: Signal,
) -> (Option<i32>, Vec<String>, Duration) {
    let start = Instant::now();
    server.signal(signal);
    let (status, log) = server.end().await;
    (status.code(), log, start.elapsed())
}

/// The same for a server that stands still, so that it finds all that has come
/// meanwhile together with the signal.
async fn stop_and_go_on(
    server: Server,
) -> (Option<i32>, Vec<String>, Duration) {
    server.signal(SIGTERM);
    stop(server, SIGCONT).await
}

fn says(log: &[String], wanted: &str) -> bool {
    log.iter().any(|line| line.ends_with(wanted))
}

/// A client that writes and never reads, so that the server waits for it.
pub async fn deaf_client(server: &Server) -> TcpStream {
    /// Nothing has moved for so long: the way is full.
    const STANDSTILL: Duration = Duration::from_millis(300);

    let mut client = server.connect().await;
    let line = [&[b'x'; 4095][..], b"\n"].concat();
    let filling = async {
        while let Ok(written) =
            time::timeout(STANDSTILL, client.write_all(&line)).await
        {
            written.unwrap();
        }
    };
    within("the way to be full", filling).await;
    client
}

#[tokio::test]
async fn a_server_without_clients_ends_at_once() {
    for signal in [SIGINT, SIGTERM] {
        let server = drained("1h").await;
        let (code, log, _) = stop(server, signal).await;
        assert_eq!(code, Some(0));
        assert!(says(&log, &format!(" INFO {signal}: stopping")), "{log:#?}");
        assert!(says(&log, "all conversations have ended"), "{log:#?}");
    }
}

#[tokio::test]
async fn idle_clients_are_told_and_leave() {
    for signal in [SIGINT, SIGTERM] {
        let server = drained("1h").await;
        let mut silent = server.connect().await;
        let mut known = server.connect().await;
        assert_echo(&mut known, b"hello\n").await;
        until_counted(server.counters(), &[("echo_open", 2.0)]).await;
        let stopping = tokio::spawn(stop(server, signal));
        for client in [&mut silent, &mut known] {
            assert_eq!(rest(client).await, TOLD);
        }
        drop((silent, known));
        let (code, log, _) = within("the end", stopping).await.unwrap();
        assert_eq!(code, Some(0));
        assert!(says(&log, "let go: the server stops"), "{log:#?}");
    }
}

/// While somebody is still served, nobody else can connect, and the port is
/// free for the next server.
#[tokio::test]
async fn the_port_is_closed_at_once() {
    let mut server = drained("1h").await;
    let _deaf = deaf_client(&server).await;
    server.signal(SIGTERM);
    server.line("SIGTERM: stopping").await;
    let closing = async {
        while TcpStream::connect(server.addr()).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    within("the port to be closed", closing).await;
    let next = tokio::net::TcpListener::bind(server.addr()).await;
    next.expect("the port is free");
    assert!(server.is_running());
    server.stop().await;
}

/// What had come when the signal came is answered, to the last byte.
#[tokio::test]
async fn what_has_come_before_the_signal_is_answered() {
    const CROWD: usize = 50;

    let server = drained("1h").await;
    let mut clients = Vec::new();
    for number in 0..CROWD {
        let mut client = server.connect().await;
        assert_echo(&mut client, b"hello\n").await;
        let line = format!("{number} of {CROWD}\n");
        clients.push((client, line.repeat(1_000)));
    }
    server.stand_still();
    for (client, lines) in &mut clients {
        client.write_all(lines.as_bytes()).await.unwrap();
    }
    let stopping = tokio::spawn(stop_and_go_on(server));
    for (mut client, lines) in clients {
        let got = rest(&mut client).await;
        assert_same(got.as_bytes(), (lines + TOLD).as_bytes());
    }
    let (code, ..) = within("the end", stopping).await.unwrap();
    assert_eq!(code, Some(0));
}

/// Sends lines as long as the other half hears answers. Returns what it has
/// sent.
async fn talk(
    mut to: OwnedWriteHalf,
    number: usize,
    heard: watch::Receiver<bool>,
) -> String {
    let mut sent = String::new();
    for round in 0.. {
        let line = format!("line {round} of client {number}\n");
        within("room to write", to.write_all(line.as_bytes()))
            .await
            .unwrap();
        sent += &line;
        if *heard.borrow() {
            break;
        }
    }
    sent
}

/// Reads to the end, and says when the first answer has come, and when none
/// will come any more.
async fn listen(
    mut from: OwnedReadHalf,
    first: watch::Sender<usize>,
    end: watch::Sender<bool>,
) -> Vec<u8> {
    let mut got = Vec::new();
    loop {
        let reading = from.read_buf(&mut got);
        let read = within("an answer", reading).await.expect("no reset");
        if got.len() == read && read > 0 {
            first.send_modify(|clients| *clients += 1);
        }
        if read == 0 {
            end.send_replace(true);
            return got;
        }
    }
}

/// Nobody is cut off in the middle of an answer, and who has said more than
/// is answered is told why.
#[tokio::test(flavor = "multi_thread")]
async fn busy_clients_are_answered_or_told() {
    const CROWD: usize = 200;

    let mut command = counting("drained");
    command.args(["--per-address", "200", "--grace", "1h"]);
    let server = Server::spawn(&mut command).await;
    let (first, mut seen) = watch::channel(0);
    let mut clients = JoinSet::new();
    for number in 0..CROWD {
        let (from, to) = server.connect().await.into_split();
        let (end, heard) = watch::channel(false);
        let talking = tokio::spawn(talk(to, number, heard));
        let listening = listen(from, first.clone(), end);
        clients.spawn(async move {
            let got = listening.await;
            (got, talking.await.unwrap())
        });
    }
    let all = seen.wait_for(|clients| *clients == CROWD);
    within("answers for all clients", all).await.unwrap();
    let stopping = tokio::spawn(stop(server, SIGINT));
    while let Some(client) = within("a client", clients.join_next()).await {
        let (got, sent) = client.unwrap();
        let got = String::from_utf8(got).unwrap();
        let answers = got.strip_suffix(TOLD).expect("it is told");
        assert!(!answers.is_empty());
        assert_same(answers.as_bytes(), &sent.as_bytes()[..answers.len()]);
    }
    let (code, log, _) = within("the end", stopping).await.unwrap();
    assert_eq!(code, Some(0), "{log:#?}");
}

/// They have said all that they have to say, so they get their answers, and
/// are told nothing that could be taken for one.
#[tokio::test]
async fn half_closed_clients_get_their_answers_and_no_more() {
    const CROWD: usize = 50;

    let server = drained("1h").await;
    let message = "a line\n".repeat(4_000) + "half a line";
    let mut clients = Vec::new();
    for _ in 0..CROWD {
        let mut client = server.connect().await;
        assert_echo(&mut client, b"hello\n").await;
        clients.push(client);
    }
    server.stand_still();
    for client in &mut clients {
        client.write_all(message.as_bytes()).await.unwrap();
        client.shutdown().await.unwrap();
    }
    let stopping = tokio::spawn(stop_and_go_on(server));
    for mut client in clients {
        let got = rest(&mut client).await;
        assert_same(got.as_bytes(), message.as_bytes());
    }
    let (code, log, _) = within("the end", stopping).await.unwrap();
    assert_eq!(code, Some(0));
    assert!(!says(&log, "let go: the server stops"), "{log:#?}");
}

#[tokio::test]
async fn a_client_that_never_reads_is_cut_off_at_the_deadline() {
    let server = drained("1s").await;
    let _deaf = [deaf_client(&server).await, deaf_client(&server).await];
    let (code, log, took) = stop(server, SIGTERM).await;
    assert_eq!(code, CUT_OFF, "{log:#?}");
    assert!(says(&log, " WARN cut off: 2"), "{log:#?}");
    assert!((GRACE..LATE).contains(&took), "it took {took:?}");
}

/// It is told, and the server waits for it to close for no longer than this.
#[tokio::test]
async fn a_client_that_never_closes_is_cut_off_at_the_deadline() {
    let server = drained("500ms").await;
    let mut stays = server.connect().await;
    assert_echo(&mut stays, b"hello\n").await;
    let (code, log, took) = stop(server, SIGTERM).await;
    assert_eq!(rest(&mut stays).await, TOLD);
    assert_eq!(code, CUT_OFF, "{log:#?}");
    assert!(says(&log, " WARN cut off: 1"), "{log:#?}");
    assert!((GRACE / 2..LATE).contains(&took), "it took {took:?}");
}

#[tokio::test]
async fn a_client_that_never_closes_is_left_when_it_has_been_told() {
    let server = drained("1h").await;
    let mut stays = server.connect().await;
    assert_echo(&mut stays, b"hello\n").await;
    let (code, ..) = stop(server, SIGTERM).await;
    assert_eq!(rest(&mut stays).await, TOLD);
    assert_eq!(code, Some(0));
}

#[tokio::test]
async fn a_second_signal_does_not_wait() {
    for (first, second) in [(SIGTERM, SIGTERM), (SIGINT, SIGTERM)] {
        let mut server = drained("1h").await;
        let _deaf = deaf_client(&server).await;
        server.signal(first);
        server.line(&format!(" INFO {first}: stopping")).await;
        let why = [("echo_open", 1.0)];
        until_counted(server.counters(), &why).await;
        let (code, log, took) = stop(server, second).await;
        assert_eq!(code, CUT_OFF, "{log:#?}");
        let again = format!(" INFO {second} again: not waiting any more");
        assert!(says(&log, &again), "{log:#?}");
        assert!(says(&log, " WARN cut off: 1"), "{log:#?}");
        assert!(took < LATE, "it took {took:?}");
    }
}

/// While the server waits for one, it tells how many it has sent away.
#[tokio::test]
async fn who_is_sent_away_is_counted() {
    let server = drained("1h").await;
    let _deaf = deaf_client(&server).await;
    let mut silent = server.connect().await;
    until_counted(server.counters(), &[("echo_open", 2.0)]).await;
    server.signal(SIGTERM);
    assert_eq!(rest(&mut silent).await, TOLD);
    drop(silent);
    let told = "echo_let_go_total{reason=\"stopping\"}";
    let wanted = [("echo_open", 1.0), (told, 1.0)];
    until_counted(server.counters(), &wanted).await;
    server.stop().await;
}

/// It has been told why it may not come in, and stands there still.
#[tokio::test]
async fn a_client_on_the_doorstep_does_not_keep_the_server() {
    let mut command = counting("drained");
    command.args(["--clients", "1", "--grace", "1h"]);
    let server = Server::spawn(&mut command).await;
    let mut inside = server.connect().await;
    assert_echo(&mut inside, b"hello\n").await;
    let mut outside = server.connect().await;
    let full = "echo_refused_total{reason=\"full\"}";
    until_counted(server.counters(), &[(full, 1.0)]).await;
    let stopping = tokio::spawn(stop(server, SIGTERM));
    assert_eq!(rest(&mut inside).await, TOLD);
    drop(inside);
    let (code, ..) = within("the end", stopping).await.unwrap();
    assert_eq!(code, Some(0));
    assert_eq!(rest(&mut outside).await, "all places are taken\n");
}

/// Two signals, ever later one after the other: whatever the server is doing
/// when the second one comes, it ends, and by itself.
#[tokio::test]
async fn signals_in_quick_succession_end_the_server() {
    for round in 0..50_u64 {
        let server = drained("1h").await;
        let mut client = server.connect().await;
        assert_echo(&mut client, b"hello\n").await;
        server.signal([SIGINT, SIGTERM][round as usize % 2]);
        // Not to be safe, but to meet another moment each time.
        time::sleep(Duration::from_micros(round * 400)).await;
        let (status, log) = signal_again(server).await;
        let code = status.code();
        assert!(code == Some(0) || code == CUT_OFF, "{status}: {log:#?}");
    }
}

/// The process is there until its end is waited for, so this cannot fail.
async fn signal_again(server: Server) -> (ExitStatus, Vec<String>) {
    server.signal(SIGTERM);
    server.end().await
}

/// From its first moment on: before it listens to signals they end it, too.
#[tokio::test]
async fn a_signal_while_the_server_starts_ends_it() {
    for round in 0..50_u64 {
        let mut server = counting("drained").spawn().unwrap();
        let id = server.id().unwrap().cast_signed();
        time::sleep(Duration::from_micros(round * 200)).await;
        let pid = nix::unistd::Pid::from_raw(id);
        nix::sys::signal::kill(pid, SIGTERM).unwrap();
        let status = within("the end", server.wait()).await.unwrap();
        let by_default = std::os::unix::process::ExitStatusExt::signal(&status);
        let is_end = by_default == Some(SIGTERM as i32) || status.success();
        assert!(is_end, "{status}");
    }
}
