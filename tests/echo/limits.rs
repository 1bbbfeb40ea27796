use std::{
    io,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    programs::assert_refusal,
    support::{Server, assert_echo, assert_last, command, within},
};

async fn start(options: &[&str]) -> Server {
    Server::spawn(command("limited").arg("0").args(options)).await
}

/// Says goodbye, and returns when the server has closed its side, too. The
/// place is free then.
async fn leave(mut client: TcpStream) {
    client.shutdown().await.unwrap();
    assert_last(&mut client, "").await;
}

#[tokio::test]
async fn the_longest_line_is_answered_and_a_longer_one_is_not() {
    let server = start(&["--longest-line", "8"]).await;
    let mut client = server.connect().await;
    assert_echo(&mut client, b"12345678\n\n12345678\n").await;
    client.write_all(b"one\n123456789\nmore\n").await.unwrap();
    assert_last(&mut client, "one\nyour line is too long\n").await;

    let mut client = server.connect().await;
    client.write_all(b"12345678").await.unwrap();
    client.shutdown().await.unwrap();
    assert_last(&mut client, "12345678").await;
    let mut client = server.connect().await;
    client.write_all(b"123456789").await.unwrap();
    assert_last(&mut client, "your line is too long\n").await;
    server.stop().await;
}

#[tokio::test]
async fn the_silent_are_let_go_and_not_before_their_time() {
    const IDLE: Duration = Duration::from_millis(300);

    let mut server = start(&["--idle", "300ms"]).await;
    let start = Instant::now();
    let mut client = server.connect().await;
    assert_last(&mut client, "you were silent for too long\n").await;
    assert!(start.elapsed() >= IDLE, "after {:?}", start.elapsed());
    server.line("Let go: you were silent for too long").await;
    server.stop().await;
}

/// The silent client beside it has said nothing yet, and has more time.
#[tokio::test]
async fn half_a_line_is_waited_for_and_not_for_long() {
    const LINE_TIME: Duration = Duration::from_millis(300);

    let mut server = start(&["--line-time", "300ms"]).await;
    let mut silent = server.connect().await;
    let mut client = server.connect().await;
    let start = Instant::now();
    client.write_all(b"half a li").await.unwrap();
    assert_last(&mut client, "your line took too long\n").await;
    assert!(start.elapsed() >= LINE_TIME, "after {:?}", start.elapsed());
    server.line("Let go: your line took too long").await;
    assert_echo(&mut silent, b"here I am\n").await;
    server.stop().await;
}

#[tokio::test]
async fn who_takes_no_answer_is_let_go_alone() {
    let mut server = start(&["--write-time", "300ms"]).await;
    let mut polite = server.connect().await;
    let mut client = server.connect().await;
    let writing =
        async { while client.write_all(&[b'\n'; 65536]).await.is_ok() {} };
    within("the connection to break", writing).await;
    server.line("Let go: you did not take your answer").await;
    assert_echo(&mut polite, b"still here\n").await;
    server.stop().await;
}

#[tokio::test]
async fn the_last_place_is_given_and_no_more() {
    let mut server = start(&["--clients", "3"]).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        while clients.len() < 3 {
            let mut client = server.connect().await;
            assert_echo(&mut client, b"hello\n").await;
            clients.push(client);
        }
        for _ in 0..2 {
            let mut refused = server.connect().await;
            assert_last(&mut refused, "all places are taken\n").await;
            server.line(": all places are taken").await;
        }
        leave(clients.remove(0)).await;
    }
    server.stop().await;
}

/// All of 127.0.0.0/8 is this machine, on Linux.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn each_address_has_a_share() {
    use std::net::SocketAddr;
    use tokio::net::TcpSocket;

    let server = start(&["--per-address", "2"]).await;
    let from = async |host| {
        let socket = TcpSocket::new_v4().unwrap();
        socket
            .bind(SocketAddr::from(([127, 0, 0, host], 0)))
            .unwrap();
        let connecting = socket.connect(server.addr());
        within("a connection", connecting).await.unwrap()
    };
    let mut clients = Vec::new();
    for host in [1, 1, 2, 2, 3] {
        let mut client = from(host).await;
        assert_echo(&mut client, b"hello\n").await;
        clients.push(client);
    }
    for host in [1, 2] {
        let mut refused = from(host).await;
        assert_last(&mut refused, "too many from your address\n").await;
    }
    leave(clients.remove(0)).await;
    assert_echo(&mut from(1).await, b"I am new\n").await;
    server.stop().await;
}

/// Some are told, and who comes while many are being told is only let go.
#[cfg(unix)]
#[tokio::test]
async fn two_thousand_silent_clients_leave_a_hundred_places_in_use() {
    let _alone = crate::support::alone().await;
    let server = start(&["--clients", "100", "--per-address", "100000"]).await;
    let mut clients = Vec::new();
    for _ in 0..2000 {
        clients.push(server.connect().await);
    }
    let mut told = 0;
    let letting_go = async {
        while clients.len() > 100 {
            clients.retain(|client| match last_word(client) {
                Some(word) => {
                    told += usize::from(!word.is_empty());
                    false
                }
                None => true,
            });
            tokio::task::yield_now().await;
        }
    };
    within("the others to be let go", letting_go).await;
    assert!(told > 0, "nobody was told");
    assert_eq!(clients.len(), 100);
    for client in &mut clients {
        assert_echo(client, b"I was silent\n").await;
    }
    leave(clients.remove(0)).await;
    assert_echo(&mut server.connect().await, b"I am new\n").await;
    server.stop().await;
}

/// What a client was told before its end, if that has come.
#[cfg(unix)]
fn last_word(client: &TcpStream) -> Option<String> {
    let mut word = [0; 100];
    let length = match client.try_read(&mut word) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
        read => read.unwrap(),
    };
    let word = String::from_utf8_lossy(&word[..length]).into_owned();
    assert!(["", "all places are taken\n"].contains(&&*word), "{word}");
    Some(word)
}

/// The files that the server has open.
#[cfg(target_os = "linux")]
fn files(server: &Server) -> usize {
    let folder = format!("/proc/{}/fd", server.id());
    std::fs::read_dir(folder).unwrap().count()
}

/// Clients that come and go one after another, and each third is rude.
#[cfg(target_os = "linux")]
async fn come_and_go(server: &Server, count: usize) {
    for nth in 0..count {
        let client = server.connect().await;
        match nth % 3 {
            0 => leave(client).await,
            1 => client.set_zero_linger().unwrap(),
            _ => drop(client),
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn ten_thousand_who_come_and_go_leave_nothing_behind() {
    use crate::support::memory;

    let server = start(&[]).await;
    come_and_go(&server, 1).await;
    let files_before = files(&server);
    come_and_go(&server, 1000).await;
    let memory_before = memory(server.id());
    come_and_go(&server, 10_000).await;
    let closing = async {
        while files(&server) > files_before {
            tokio::task::yield_now().await;
        }
    };
    within("all sockets to be closed", closing).await;
    assert_eq!(files(&server), files_before);
    let memory_after = memory(server.id());
    assert!(
        memory_after * 10 <= memory_before * 11,
        "from {memory_before} to {memory_after} KiB",
    );
    server.stop().await;
}

/// They come as fast as they are refused, from many sides at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_are_refused_do_not_stop_those_who_are_served() {
    static REFUSED: AtomicUsize = AtomicUsize::new(0);
    static ENOUGH: AtomicBool = AtomicBool::new(false);

    let server = start(&["--per-address", "5"]).await;
    let mut served = Vec::new();
    for _ in 0..5 {
        let mut client = server.connect().await;
        assert_echo(&mut client, b"hello\n").await;
        served.push(client);
    }
    let mut flood = Vec::new();
    for _ in 0..8 {
        let addr = server.addr();
        flood.push(tokio::spawn(async move {
            while !ENOUGH.load(Ordering::Relaxed) {
                let mut client = TcpStream::connect(addr).await.unwrap();
                assert_last(&mut client, "too many from your address\n").await;
                REFUSED.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    let talking = async {
        while REFUSED.load(Ordering::Relaxed) < 500 {
            for client in &mut served {
                assert_echo(client, b"still here\n").await;
            }
        }
    };
    within("many to be refused", talking).await;
    ENOUGH.store(true, Ordering::Relaxed);
    for refused in flood {
        within("the end of the flood", refused).await.unwrap();
    }
    leave(served.pop().unwrap()).await;
    assert_echo(&mut server.connect().await, b"I am new\n").await;
    server.stop().await;
}

#[tokio::test]
async fn a_limit_that_makes_no_sense_is_a_usage_error() {
    for (option, values) in [
        ("--clients", ["0", "100001", "many"]),
        ("--per-address", ["0", "100001", ""]),
        ("--longest-line", ["0", "1048577", "8k"]),
        ("--idle", ["90", "0s", "2days"]),
        ("--line-time", ["10", "999us", "25h"]),
        ("--write-time", ["10", "0ms", "soon"]),
    ] {
        for value in values {
            let mut limited = command("limited");
            limited.args(["0", option, value]);
            assert_refusal(&mut limited, 2, option).await;
        }
    }
}

/// The default takes 1,024 files.
#[cfg(unix)]
#[tokio::test]
async fn more_clients_than_the_system_allows_are_a_failure() {
    use crate::support::{program, with_few_files};

    let mut short = with_few_files(program("limited"), 1023);
    let named = "error: 800 clients take 1024 files, and the system allows \
                 1023 (see ulimit -Hn)\n";
    assert_refusal(short.arg("0"), 1, named).await;
    let mut enough = with_few_files(program("limited"), 1024);
    let server = Server::spawn(enough.arg("0")).await;
    assert_echo(&mut server.connect().await, b"hello\n").await;
    server.stop().await;
}

/// Who may raise it takes what its clients need, or all that there is.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_limit_of_the_process_is_raised_as_far_as_that_takes() {
    let clients = ["0", "--clients", "1000"];
    assert_eq!(soft_limit("limited", &clients).await, "1224");
    assert_eq!(soft_limit("tuned", &["0"]).await, "3000");
}

/// What a server has made of a soft limit of 64 files and a hard one of 3,000.
#[cfg(target_os = "linux")]
async fn soft_limit(name: &str, arguments: &[&str]) -> String {
    use tokio::process::Command;

    use crate::support::program;

    let mut command = Command::new("sh");
    let script = "ulimit -Sn 64 && ulimit -Hn 3000 && exec \"$0\" \"$@\"";
    command
        .args(["-c", script])
        .arg(program(name))
        .args(arguments);
    let server = Server::spawn(command.kill_on_drop(true)).await;
    let path = format!("/proc/{}/limits", server.id());
    let limits = std::fs::read_to_string(path).unwrap();
    server.stop().await;
    let mut lines = limits.lines();
    let files = lines.find(|line| line.starts_with("Max open files"));
    let soft = files.and_then(|line| line.split_whitespace().nth(3));
    soft.expect("a limit").to_owned()
}
