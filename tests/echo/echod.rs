//! The whole of it: `echod`, from its settings to Ctrl-C.

use std::{
    io::Write,
    process::{Output, Stdio},
};

use nix::sys::signal::Signal::{SIGINT, SIGTERM};
use tempfile::NamedTempFile;
use tokio::{io::AsyncWriteExt, net::TcpListener, process::Command};

use crate::{
    counters::until_counted,
    support::{Server, assert_echo, command, rest, within},
};

const ANY_PORTS: &str = "listen = '127.0.0.1:0'\nmetrics = '127.0.0.1:0'\n";

fn file(settings: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(settings.as_bytes()).unwrap();
    file
}

fn echod(settings: &NamedTempFile) -> Command {
    let mut command = command("echod");
    command.arg("--settings").arg(settings.path());
    command
}

async fn output(command: &mut Command) -> Output {
    let running = command.stdin(Stdio::null()).output();
    within("the program's end", running).await.unwrap()
}

#[tokio::test]
async fn it_does_what_its_settings_say_until_ctrl_c() {
    let settings = file(&format!(
        "{ANY_PORTS}grace = '1h'\n\
         [limits]\nclients = 3\nlongest-line = 5\n"
    ));
    let server = Server::spawn(&mut echod(&settings)).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = server.connect().await;
        assert_echo(&mut client, b"hello\n").await;
        clients.push(client);
    }
    let refused = rest(&mut server.connect().await).await;
    assert_eq!(refused, "all places are taken\n");
    let mut talker = clients.pop().unwrap();
    talker.write_all(b"hello!\n").await.unwrap();
    assert_eq!(rest(&mut talker).await, "your line is too long\n");
    drop(talker);
    let counted = [
        ("echo_open", 2.0),
        ("echo_accepted_total", 3.0),
        ("echo_refused_total{reason=\"full\"}", 1.0),
        ("echo_let_go_total{reason=\"too_long\"}", 1.0),
    ];
    until_counted(server.counters(), &counted).await;

    server.signal(SIGINT);
    for client in &mut clients {
        assert_eq!(rest(client).await, "the server stops\n");
    }
    drop(clients);
    let (status, log) = server.end().await;
    assert_eq!(status.code(), Some(0));
    let last = log.last().unwrap();
    assert!(last.ends_with("all conversations have ended"), "{last}");
    let quiet = !log.iter().any(|line| line.contains("whoever can reach"));
    assert!(quiet, "{log:#?}");
}

#[tokio::test]
async fn who_does_not_leave_in_time_is_cut_off() {
    let settings = file(&format!("{ANY_PORTS}grace = '50ms'\n"));
    let server = Server::spawn(&mut echod(&settings)).await;
    let mut client = server.connect().await;
    assert_echo(&mut client, b"hello\n").await;
    server.signal(SIGTERM);
    let (status, log) = server.end().await;
    assert_eq!(status.code(), Some(3), "{log:#?}");
    assert_eq!(rest(&mut client).await, "the server stops\n");
}

#[tokio::test]
async fn the_settings_may_stand_in_the_environment() {
    let settings = file(&format!("{ANY_PORTS}log = 'json'\n"));
    let mut command = command("echod");
    command.env("ECHOD_SETTINGS", settings.path());
    let mut server = Server::spawn(&mut command).await;
    assert_echo(&mut server.connect().await, b"hello\n").await;
    let line = server.line("connected").await;
    assert!(line.starts_with('{') && line.ends_with('}'), "{line}");
    server.stop().await;
}

/// Whoever can reach the machine can reach such a server, so it says so, and
/// this one is there for as short as can be.
#[tokio::test]
async fn an_address_of_the_open_network_is_warned_of() {
    for (setting, warns) in [("0.0.0.0:0", true), ("127.0.0.1:0", false)] {
        let settings =
            file(&format!("listen = '{setting}'\nmetrics = '127.0.0.1:0'\n"));
        let server = Server::spawn(&mut echod(&settings)).await;
        drop(server.connect().await);
        let warning = format!(" WARN whoever can reach {setting} can connect");
        let warned = server.said_before().contains(&warning);
        assert_eq!(warned, warns, "{:#?}", server.said_before());
        server.signal(SIGTERM);
        let (status, _) = server.end().await;
        assert_eq!(status.code(), Some(0));
    }
}

#[tokio::test]
async fn a_check_says_whether_the_settings_make_sense() {
    // What they name is in use, which a check does not notice: it listens on
    // nothing.
    let occupant = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = occupant.local_addr().unwrap();
    let good = file(&format!("listen = '{taken}'\nmetrics = '{taken}'\n"));
    let bad = file("listen = '127.0.0.1:0'\n[limits]\nclient = 3\n");

    let checked = output(echod(&good).arg("--check")).await;
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    assert_eq!((checked.stdout, checked.stderr), (vec![], vec![]));

    for check in [&["--check"][..], &[]] {
        let refused = output(echod(&bad).args(check)).await;
        let stderr = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{stderr}");
        assert_eq!(refused.stdout, b"");
        let path = bad.path().to_str().unwrap();
        for named in ["error: in ", path, "line 3", "`client`", "`clients`"] {
            assert!(stderr.contains(named), "{named} is not in {stderr}");
        }
        assert!(
            stderr.ends_with('\n') && !stderr.ends_with("\n\n"),
            "{stderr}"
        );
    }

    let runs = output(&mut echod(&good)).await;
    let stderr = String::from_utf8(runs.stderr).unwrap();
    assert_eq!(runs.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains(&format!("cannot listen at {taken}")),
        "{stderr}"
    );
}

#[tokio::test]
async fn a_file_that_is_not_there_is_a_failure() {
    let missing = output(command("echod").args(["--settings", "gone"])).await;
    let stderr = String::from_utf8(missing.stderr).unwrap();
    assert_eq!(missing.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.starts_with("error: in gone: No such file"),
        "{stderr}"
    );
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[tokio::test]
async fn help_is_given_when_asked_for() {
    for (program, words) in [
        (
            "limited",
            ["--per-address", "--longest-line", "--write-time"],
        ),
        ("logged", ["--log", "--metrics-port", "METRICS_PORT"]),
        ("drained", ["--grace", "--idle", "PORT"]),
        ("echod", ["--settings", "--check", "ECHOD_SETTINGS"]),
    ] {
        let output = output(command(program).arg("--help")).await;
        let help = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(help.contains(&format!("Usage: {program} [")), "{help}");
        for word in words {
            assert!(help.contains(word), "{word} is not in {help}");
        }
        assert_eq!(output.stderr, b"");
    }
}

#[tokio::test]
async fn arguments_that_make_no_sense_are_a_usage_error() {
    for (program, arguments, named) in [
        ("logged", ["--log", "loud"], "loud"),
        ("logged", ["--metrics-port", "http"], "http"),
        ("drained", ["--grace", "10"], "with its unit"),
        ("drained", ["--grace", "0s"], "1ms to 1day"),
        ("echod", ["--check", "more"], "more"),
        ("echod", ["--port", "0"], "--port"),
    ] {
        let output = output(command(program).args(arguments)).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains(named), "{named} is not in {stderr}");
        assert_eq!(output.stdout, b"");
    }
}
