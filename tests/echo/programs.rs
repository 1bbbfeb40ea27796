use std::process::{Output, Stdio};

use tokio::{io::AsyncReadExt, net::TcpListener, process::Command};

use crate::support::{
    Server, assert_echo, command, free_port, nobody_listens, within,
};

async fn output(command: &mut Command) -> Output {
    let running = command.stdin(Stdio::null()).output();
    within("the program's end", running).await.unwrap()
}

/// Expects an exit code, nothing on stdout, and one line on stderr that names
/// what is wrong.
pub async fn assert_refusal(command: &mut Command, code: i32, named: &str) {
    let output = output(command).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert_eq!(output.stdout, b"");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("error: "), "{stderr}");
    assert!(stderr.contains(named), "{named:?} is not in {stderr}");
}

#[tokio::test]
async fn a_port_that_is_no_port_is_a_usage_error() {
    for program in ["server", "server_client"] {
        for port in ["eighty", "65536", "-1", "8000x", ""] {
            assert_refusal(command(program).arg(port), 2, port).await;
        }
        assert_refusal(command(program).env("PORT", "http"), 2, "http").await;
    }
    assert_refusal(command("client").env("PORT", "http"), 2, "http").await;
}

#[tokio::test]
async fn an_address_that_is_no_address_is_a_usage_error() {
    for address in ["localhost", "localhost:", ":8000", "localhost:http"] {
        assert_refusal(command("client").arg(address), 2, address).await;
    }
}

#[tokio::test]
async fn an_unknown_argument_is_a_usage_error() {
    for program in ["server", "client", "server_client"] {
        assert_refusal(command(program).arg("--loud"), 2, "--loud").await;
    }
    for (program, argument) in [
        ("server", "0"),
        ("client", "127.0.0.1:8000"),
        ("server_client", "0"),
    ] {
        let mut command = command(program);
        command.args([argument, "one-too-many"]);
        assert_refusal(&mut command, 2, "one-too-many").await;
    }
}

/// The exit code is all that is left to tell.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn who_cannot_complain_still_fails_with_the_right_code() {
    let full = || std::fs::File::create("/dev/full").unwrap();
    for (argument, code) in [("--loud", 2), ("--settings=/nowhere", 1)] {
        let mut command = command("echod");
        command.arg(argument).stderr(full());
        let running = command.status();
        let status = within("the program's end", running).await.unwrap();
        assert_eq!(status.code(), Some(code), "{argument}");
    }
}

#[tokio::test]
async fn a_port_in_use_is_a_failure() {
    let occupant = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = occupant.local_addr().unwrap().port().to_string();
    for program in ["server", "server_client"] {
        assert_refusal(command(program).arg(&port), 1, &port).await;
        assert_refusal(command(program).env("PORT", &port), 1, &port).await;
    }
}

#[tokio::test]
async fn an_address_nobody_listens_on_is_a_failure() {
    let (_socket, addr) = nobody_listens();
    let port = addr.port().to_string();
    let addr = addr.to_string();
    assert_refusal(command("client").arg(&addr), 1, &addr).await;
    assert_refusal(command("client").env("PORT", port), 1, &addr).await;
}

#[tokio::test]
async fn help_is_given_when_asked_for() {
    for program in ["server", "client", "server_client"] {
        let output = output(command(program).arg("--help")).await;
        let help = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(help.contains(&format!("Usage: {program} [")), "{help}");
        assert!(help.contains("PORT"), "{help}");
        assert!(help.contains("8000"), "{help}");
        assert_eq!(output.stderr, b"");
    }
}

#[tokio::test]
async fn the_server_takes_its_port_from_the_environment() {
    let server = Server::spawn(command("server").env("PORT", "0")).await;
    assert_ne!(server.addr().port(), 8000);
    server.connect().await;
    server.stop().await;
}

/// A connection that the server has closed keeps its addresses reserved for a
/// while. This must not keep the next server from listening.
#[tokio::test]
async fn a_new_server_gets_the_port_of_the_last_at_once() {
    let port = free_port().to_string();
    let first = Server::spawn(command("server").arg(&port)).await;
    let mut socket = first.connect().await;
    assert_echo(&mut socket, b"hello").await;
    first.stop().await;
    let mut byte = [0; 1];
    let reading = socket.read(&mut byte);
    assert_eq!(within("the end", reading).await.unwrap(), 0);
    drop(socket);

    let second = Server::spawn(command("server").arg(&port)).await;
    assert_echo(&mut second.connect().await, b"hello again").await;
    second.stop().await;
}

#[tokio::test]
async fn server_and_client_print_what_the_article_shows() {
    let output = output(command("server_client").arg("0")).await;
    let stdout = String::from_utf8(output.stdout).unwrap();
    let mut lines = stdout.lines();
    let mut next = || lines.next().unwrap_or("(nothing more)");

    let listening = next();
    assert!(listening.starts_with("Listening on port "), "{stdout}");
    let (task, rest) = next().split_once(": ").expect("a line about a task");
    let prefix = "Got connection from a client: 127.0.0.1:";
    assert!(rest.starts_with(prefix), "{stdout}");
    assert!(task.starts_with("Task "), "{stdout}");
    for i in (1..=5).rev() {
        let packet = format!("{task}: Got packet Hello, server {i}");
        assert_eq!(next(), packet, "{stdout}");
        let reply = format!("Main: Got reply from server: Hello, server {i}");
        assert_eq!(next(), reply, "{stdout}");
    }
    assert_eq!(next(), "All done", "{stdout}");
    assert_eq!(lines.next(), None, "{stdout}");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
}
