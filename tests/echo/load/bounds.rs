use tokio::process::Command;

use super::{
    servers::{Fake, deaf, echo},
    visits::hold,
};
use crate::{
    programs::assert_refusal,
    support::{command, nobody_listens, program, with_few_files, within},
};

#[tokio::test]
async fn too_much_or_too_little_is_not_measured() {
    let (clients, time) = ("it must be from 1 to 100000", "from 1ms to 10m");
    for (option, value, named) in [
        ("--connections", "0", clients),
        ("--connections", "100001", clients),
        ("--idle", "100001", clients),
        ("--storm", "100001", clients),
        ("--size", "0", "it must be from 1 to 1048576"),
        ("--size", "1048577", "it must be from 1 to 1048576"),
        ("--pipeline", "1025", "it must be from 1 to 1024"),
        ("--rate", "0", "it must be from 1 to 10000000"),
        ("--duration", "11m", time),
        ("--duration", "0s", time),
        ("--patience", "11m", time),
    ] {
        let mut load = command("load");
        assert_refusal(load.args([option, value]), 2, named).await;
    }
}

#[tokio::test]
async fn what_would_not_be_heeded_is_refused() {
    let talk = "--connections=1 --pipeline=1 --rate=1 --patience=1s";
    for (option, others) in [
        ("--idle=1", "--storm=1 --size=1"),
        ("--idle=1", talk),
        ("--storm=1", talk),
        ("--rate=1", "--pipeline=1"),
    ] {
        for other in others.split(' ') {
            let mut load = command("load");
            load.args([option, other]);
            assert_refusal(&mut load, 2, "cannot be used with").await;
        }
    }
}

#[tokio::test]
async fn too_many_unanswered_messages_are_refused() {
    let mut load = command("load");
    load.args(["--connections", "1000", "--pipeline", "1001"]);
    let named = "error: 1001000 messages are too many, 1000000 may be \
                 unanswered\n";
    assert_refusal(&mut load, 1, named).await;
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
async fn more_connections_than_allowed_are_refused() {
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

/// A hundred clients are there at a time, and 16 files are the program's.
#[tokio::test]
async fn clients_of_a_storm_give_their_files_back() {
    let server = Fake::start(|socket, _| echo(socket)).await;
    let mut load = with_few_files(program("load"), 116);
    load.arg(server.addr.port().to_string());
    let output = load.args(["--storm", "300"]).output();
    let output = within("the load's end", output).await.unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{stdout}");
    assert!(stdout.starts_with("300 of 300 were served"), "{stdout}");
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
