use std::{net::SocketAddr, process::Stdio, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, Command},
    sync::mpsc,
};

use self::servers::{
    Alone, Fake, STALL, byte_by_byte, closes_after, crossed, deaf, echo, flood,
    index, silent, stalls_after,
};
use crate::{
    programs::assert_refusal,
    support::{
        Server, assert_last, command, nobody_listens, program, with_few_files,
        within,
    },
};

/// Servers that are right, and servers that are wrong in one way each.
mod servers;

/// What a load has printed, and how it has ended.
#[derive(Debug)]
struct Outcome {
    code: Option<i32>,
    json: Value,
    stderr: String,
}

impl Outcome {
    fn count(&self, what: &str) -> u64 {
        let count = self.json[what].as_u64();
        count.unwrap_or_else(|| panic!("no {what} in {self:#?}"))
    }

    /// Such an echo took so long: `p99`, say.
    fn time(&self, which: &str) -> Duration {
        let time = self.json["nanoseconds"][which].as_u64();
        Duration::from_nanos(time.expect("a time"))
    }

    /// All that was sent has come back, and nothing is said of errors.
    fn assert_fine(&self) {
        assert_eq!(self.code, Some(0), "{self:#?}");
        assert_eq!(self.stderr, "", "{self:#?}");
        assert!(self.count("echoes") > 0, "{self:#?}");
        let errors = ["wrong", "lost", "unanswered"];
        assert_eq!(errors.map(|what| self.count(what)), [0; 3], "{self:#?}");
    }

    /// So many clients got something wrong, and of the first this is said.
    fn assert_wrong(&self, clients: u64, said: &str) {
        assert_eq!(self.code, Some(1), "{self:#?}");
        assert_eq!(self.count("wrong"), clients, "{self:#?}");
        assert!(self.stderr.contains("got wrong bytes"), "{self:#?}");
        assert!(self.stderr.contains(said), "{self:#?}");
    }
}

fn load(server: SocketAddr, options: &[&str]) -> Command {
    let mut load = command("load");
    load.arg(server.port().to_string()).args(options);
    load.stdin(Stdio::null());
    load
}

/// Runs a load to its end.
async fn measure(server: SocketAddr, options: &[&str]) -> Outcome {
    let mut load = load(server, options);
    let output = within("the load's end", load.arg("--json").output());
    let output = output.await.unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stdout.lines().count(), 1, "{stdout}{stderr}");
    Outcome {
        code: output.status.code(),
        json: serde_json::from_str(&stdout).unwrap(),
        stderr,
    }
}

/// Runs a short load to its end.
async fn short(server: &Fake, options: &[&str]) -> Outcome {
    let options = [&["--duration", "100ms"], options].concat();
    measure(server.addr, &options).await
}

#[tokio::test]
async fn a_server_that_echoes_is_found_right() {
    let server = Fake::start(|socket, _| echo(socket)).await;
    for options in [
        ["--size", "1", "--connections", "3"],
        ["--size", "77", "--pipeline", "5"],
        ["--size", "1048576", "--connections", "2"],
        ["--size", "100000", "--pipeline", "2"],
    ] {
        short(&server, &options).await.assert_fine();
    }
    let server = Fake::start(|socket, _| byte_by_byte(socket)).await;
    short(&server, &[]).await.assert_fine();
    short(&server, &["--rate", "500"]).await.assert_fine();
}

#[tokio::test]
async fn the_book_s_own_server_is_found_right() {
    let server = Server::start().await;
    let options = ["--duration", "100ms", "--pipeline", "3"];
    measure(server.addr(), &options).await.assert_fine();
    server.stop().await;
}

#[tokio::test]
async fn what_was_measured_is_one_line_of_json() {
    let server = Fake::start(|socket, _| echo(socket)).await;
    let outcome = short(&server, &["--connections", "3"]).await;
    let json = &outcome.json;
    assert_eq!(json["kind"], "load");
    for (what, count) in [("connections", 3), ("size", 64), ("pipeline", 1)] {
        assert_eq!(outcome.count(what), count);
    }
    assert_eq!(json["rate"], Value::Null);
    let [seconds, rate] =
        ["seconds", "per_second"].map(|what| json[what].as_f64().unwrap());
    assert!(seconds >= 0.1, "{seconds}");
    let echoes = outcome.count("echoes") as f64;
    assert!((rate * seconds - echoes).abs() < 0.5, "{json}");

    let times = ["p50", "p90", "p99", "p99_9", "max"];
    assert!(times.map(|which| outcome.time(which)).is_sorted(), "{json}");
    let curve: Vec<(f64, u64)> =
        serde_json::from_value(json["curve"].clone()).unwrap();
    assert_eq!(curve.len(), 13);
    assert!(curve.is_sorted() && curve[0].1 > 0, "{curve:?}");
    assert_eq!(curve[3], (50.0, outcome.time("p50").as_nanos() as u64));
    assert_eq!(curve[12], (100.0, outcome.time("max").as_nanos() as u64));
}

#[tokio::test]
async fn without_json_there_is_a_table() {
    let server = Fake::start(|socket, _| echo(socket)).await;
    let mut load = load(server.addr, &["--duration", "100ms"]);
    let output = within("the load's end", load.output()).await.unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    let names = [
        "echoes a second",
        "p50",
        "p90",
        "p99",
        "p99.9",
        "max",
        "wrong clients",
        "lost clients",
        "unanswered",
    ];
    assert_eq!(table.lines().count(), names.len(), "{table}");
    for (line, name) in table.lines().zip(names) {
        assert!(line.starts_with(&format!("{name} ")), "{table}");
    }
    assert_eq!(output.stderr, b"");
}

#[tokio::test]
async fn as_many_messages_are_sent_as_the_schedule_has() {
    let server = Fake::start(|socket, _| echo(socket)).await;
    let options = ["--rate", "1000", "--duration", "300ms"];
    let outcome = measure(server.addr, &options).await;
    outcome.assert_fine();
    assert_eq!(outcome.count("echoes"), 300, "{outcome:#?}");
    assert_eq!(outcome.count("rate"), 1000);
}

#[tokio::test]
async fn a_byte_that_is_changed_is_found() {
    let server = Fake::altering(|at, bytes| {
        if let Some(index) = index(1030, at, bytes) {
            bytes[index] ^= 0x20;
        }
    });
    let said = "as byte 30 of its message 10";
    let options = ["--size", "100", "--connections", "4"];
    let outcome = short(&server.await, &options).await;
    outcome.assert_wrong(4, said);
    assert!(outcome.stderr.contains("in place of"), "{outcome:#?}");
}

#[tokio::test]
async fn two_bytes_that_are_swapped_far_in_are_found() {
    let server = Fake::altering(|at, bytes| {
        if at < 50_000 {
            return;
        }
        let differ = bytes.windows(2).position(|pair| pair[0] != pair[1]);
        if let Some(first) = differ {
            bytes.swap(first, first + 1);
        }
    })
    .await;
    let options = ["--size", "100000", "--connections", "1"];
    short(&server, &options).await.assert_wrong(1, "client 0");
}

#[tokio::test]
async fn a_byte_that_comes_twice_or_is_left_out_is_found() {
    let server = Fake::altering(|at, bytes| {
        if let Some(index) = index(170, at, bytes) {
            bytes.insert(index, bytes[index]);
        }
    });
    short(&server.await, &[]).await.assert_wrong(50, "client ");
    let server = Fake::altering(|at, bytes| {
        if let Some(index) = index(170, at, bytes) {
            bytes.remove(index);
        }
    });
    let options = ["--pipeline", "2"];
    let outcome = short(&server.await, &options).await;
    outcome.assert_wrong(50, "in place of");
}

#[tokio::test]
async fn what_nobody_has_sent_is_wrong() {
    let twice = Fake::altering(|_, bytes| bytes.extend_from_within(..)).await;
    let said = "64 bytes that it had not sent";
    let options = ["--connections", "1"];
    short(&twice, &options).await.assert_wrong(1, said);

    // The last message is over, and what comes then is not missed either.
    let late = Fake::start(|mut socket, _| async move {
        let (mut reader, mut writer) = socket.split();
        tokio::io::copy(&mut reader, &mut writer).await?;
        writer.write_all(b"!").await
    });
    let said = "1 bytes that it had not sent";
    short(&late.await, &options).await.assert_wrong(1, said);
}

#[tokio::test]
async fn an_answer_to_the_wrong_client_is_found() {
    let alone = Alone::default();
    let server =
        Fake::start(move |socket, _| crossed(socket, alone.clone())).await;
    let options = ["--connections", "2", "--size", "10"];
    let outcome = short(&server, &options).await;
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert!(outcome.count("wrong") > 0, "{outcome:#?}");
    assert_eq!(outcome.count("echoes"), 0, "{outcome:#?}");
}

#[tokio::test]
async fn the_others_go_on_when_some_clients_are_lost() {
    for options in [["--pipeline", "20"], ["--rate", "20000"]] {
        let server = Fake::start(|socket, number| async move {
            match number {
                0..3 => closes_after(1000, socket).await,
                _ => echo(socket).await,
            }
        });
        let outcome = short(&server.await, &options).await;
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        assert_eq!(outcome.count("lost"), 3, "{outcome:#?}");
        assert_eq!(outcome.count("wrong"), 0, "{outcome:#?}");
        let of = "error: 3 clients were lost; of the first: ";
        assert!(outcome.stderr.starts_with(of), "{outcome:#?}");
        // The three have got fewer than 48 of them.
        assert!(outcome.count("echoes") > 100, "{outcome:#?}");
    }
}

/// It does not wait for the end of its time, nor for answers.
#[tokio::test]
async fn it_ends_when_no_client_is_left() {
    let closing = Fake::start(|socket, _| async { Ok(drop(socket)) }).await;
    let flooding = Fake::start(|socket, _| flood(socket)).await;
    for options in [["--pipeline", "1"], ["--rate", "1"]] {
        let options = [&["--duration", "10m"], &options[..]].concat();
        let outcome = measure(closing.addr, &options).await;
        assert_eq!(outcome.code, Some(1), "{outcome:#?}");
        assert_eq!(outcome.count("lost"), 50, "{outcome:#?}");
        let outcome = measure(flooding.addr, &options).await;
        outcome.assert_wrong(50, "bytes that it had not sent");
    }
}

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

#[tokio::test]
async fn what_is_never_answered_is_counted_with_the_time_it_has_waited() {
    const WAITED: Duration = Duration::from_secs(2);

    let silent = Fake::start(|socket, _| silent(socket)).await;
    let deaf = Fake::start(|socket, _| deaf(socket)).await;
    for (server, options, messages) in [
        (&silent, ["--pipeline", "2"], 100),
        (&silent, ["--rate", "1000"], 100),
        (&deaf, ["--size", "1048576"], 50),
    ] {
        let outcome = short(server, &options).await;
        assert_eq!(outcome.code, Some(0), "{outcome:#?}");
        assert_eq!(outcome.count("unanswered"), messages, "{outcome:#?}");
        assert_eq!(outcome.count("echoes"), 0, "{outcome:#?}");
        assert!(outcome.time("p50") >= WAITED, "{outcome:#?}");
    }
}

/// More is due than may be pending, and than the load can send.
#[tokio::test]
async fn what_could_not_even_be_sent_is_unanswered() {
    let silent = Fake::start(|socket, _| silent(socket)).await;
    let options = ["--rate", "10000000", "--duration", "200ms"];
    let outcome = measure(silent.addr, &options).await;
    assert_eq!(outcome.count("unanswered"), 2_000_000, "{outcome:#?}");
}

/// A second of the schedule falls into the time in which the server stands
/// still, and so does a third of all messages at least.
#[tokio::test]
async fn on_a_schedule_a_server_that_stands_still_cannot_hide_it() {
    let server = Fake::start(|socket, _| stalls_after(640, socket)).await;
    let options = ["--connections", "1", "--rate", "100", "--duration", "3s"];
    let outcome = measure(server.addr, &options).await;
    outcome.assert_fine();
    assert_eq!(outcome.count("echoes"), 300, "{outcome:#?}");
    for (which, least) in [("p90", 0.5), ("p99", 0.9), ("max", 0.95)] {
        let least = STALL.mul_f64(least);
        assert!(outcome.time(which) >= least, "{which}: {outcome:#?}");
    }
}

/// Who waits for an answer before the next message asks once in that time.
#[tokio::test]
async fn in_turns_a_server_that_stands_still_hides_it_well() {
    let server = Fake::start(|socket, _| stalls_after(640, socket)).await;
    let options = ["--connections", "1", "--duration", "3s"];
    let outcome = measure(server.addr, &options).await;
    outcome.assert_fine();
    assert!(outcome.time("max") >= STALL, "{outcome:#?}");
    assert!(outcome.time("p90") < STALL / 2, "{outcome:#?}");
}

/// Starts a load that holds connections, and returns it with what it prints.
async fn hold(server: SocketAddr, options: &[&str]) -> (Child, Value) {
    let mut load = load(server, options);
    load.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut load = load.arg("--json").spawn().unwrap();
    let mut stdout = BufReader::new(load.stdout.take().unwrap());
    let mut line = String::new();
    let reading = stdout.read_line(&mut line);
    within("the connections", reading).await.unwrap();
    (load, serde_json::from_str(&line).expect("one line"))
}

#[tokio::test]
async fn idle_clients_stay_until_the_end_of_the_input() {
    let (sender, mut sockets) = mpsc::unbounded_channel();
    let server = Fake::start(move |socket, _| {
        let _ = sender.send(socket);
        async { Ok(()) }
    });
    let server = server.await;
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

/// The ones are lost, the others hear what they have not asked for.
#[tokio::test]
async fn idle_clients_that_are_not_left_in_peace_are_told_of() {
    let (sender, mut sockets) = mpsc::unbounded_channel();
    let server = Fake::start(move |socket, _| {
        let _ = sender.send(socket);
        async { Ok(()) }
    });
    let server = server.await;
    let (mut load, json) = hold(server.addr, &["--idle", "20"]).await;
    assert_eq!(json["open"], 20);
    for number in 0..20 {
        let mut client = within("a client", sockets.recv()).await.unwrap();
        if number % 2 == 0 {
            client.write_all(b"hello").await.unwrap();
        }
    }
    let _input = load.stdin.take();
    let status = within("the load's end", load.wait()).await.unwrap();
    assert_eq!(status.code(), Some(1));
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
    let outcome = short(&silent, &["--storm", "300"]).await;
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    assert_eq!(outcome.count("lost"), 300, "{outcome:#?}");
}

#[tokio::test]
async fn too_much_or_too_little_is_not_measured() {
    for (option, value, named) in [
        ("--connections", "0", "it must be from 1 to 100000"),
        ("--connections", "100001", "it must be from 1 to 100000"),
        ("--idle", "100001", "it must be from 1 to 100000"),
        ("--storm", "100001", "it must be from 1 to 100000"),
        ("--size", "0", "it must be from 1 to 1048576"),
        ("--size", "1048577", "it must be from 1 to 1048576"),
        ("--pipeline", "1025", "it must be from 1 to 1024"),
        ("--rate", "0", "it must be from 1 to 10000000"),
        (
            "--duration",
            "11m",
            "a time from 1ms to 10m is wanted, like 2s",
        ),
        (
            "--duration",
            "0s",
            "a time from 1ms to 10m is wanted, like 2s",
        ),
    ] {
        let mut load = command("load");
        let output = load.args([option, value]).output();
        let output = within("the refusal", output).await.unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(named), "{option} {value}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

/// Nothing is sent to an address of the documentation's network.
#[tokio::test]
async fn another_machine_is_left_alone() {
    let mut load = command("load");
    load.args(["--address", "192.0.2.1"]);
    let named = "error: 192.0.2.1 may be another machine; that takes \
                 --anywhere\n";
    assert_refusal(&mut load, 1, named).await;
}

#[tokio::test]
async fn more_connections_than_the_system_allows_are_refused() {
    let (_socket, addr) = nobody_listens();
    let mut load = with_few_files(program("load"), 64);
    load.arg(addr.port().to_string());
    let named = "error: 50 connections take 66 files, and the system allows \
                 64 (see ulimit -Hn)\n";
    assert_refusal(&mut load, 1, named).await;
}

#[tokio::test]
async fn a_limit_of_files_that_may_be_raised_is_raised() {
    let server = Fake::start(|socket, _| echo(socket)).await;
    let mut load = Command::new("sh");
    let script = "ulimit -Sn 64 && exec \"$0\" \"$@\"";
    load.args(["-c", script]).arg(program("load"));
    load.arg(server.addr.port().to_string());
    load.args(["--connections", "200", "--duration", "100ms"]);
    load.kill_on_drop(true);
    let output = within("the load's end", load.output()).await.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert_eq!(stderr, "raised the limit of open files: 64 to 216\n");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn it_runs_on_the_processor_that_it_was_given() {
    fn allowed(process: &str) -> String {
        let path = format!("/proc/{process}/status");
        let status = std::fs::read_to_string(path).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        line.expect("a list").trim().to_owned()
    }

    let ours = allowed("self");
    let core = ours.split(['-', ',']).next_back().unwrap();
    let server = Fake::start(|socket, _| deaf(socket)).await;
    let options = ["--idle", "1", "--cpu", core];
    let (load, _) = hold(server.addr, &options).await;
    assert_eq!(allowed(&load.id().unwrap().to_string()), core);

    let mut load = command("load");
    load.args(["--cpu", "1000000"]);
    let named = "error: cannot run on processor 1000000 alone: EINVAL: \
                 Invalid argument\n";
    assert_refusal(&mut load, 1, named).await;
}
