use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use mdbook_proof::session::terminal::heed_signals;
use pty_process::{OwnedReadPty, OwnedWritePty};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Child,
};

use crate::support::{Server, command, program, within};

/// The client at a terminal, with a `cargo` that does what a test wants.
struct Client {
    child: Child,
    output: OwnedReadPty,
    input: OwnedWritePty,
    printed: String,
}

impl Client {
    fn start(server: &Server, cargo: &Path) -> Client {
        heed_signals().unwrap();
        let (terminal, pts) = pty_process::open().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let child = pty_process::Command::new(program("client"))
            .arg(server.addr().to_string())
            .env("PATH", format!("{}:{path}", cargo.display()))
            .kill_on_drop(true)
            .spawn(pts)
            .unwrap();
        let (output, input) = terminal.into_split();
        Client {
            child,
            output,
            input,
            printed: String::new(),
        }
    }

    async fn type_in(&mut self, line: &str) {
        let writing = self.input.write_all(line.as_bytes());
        within("the terminal", writing).await.unwrap();
    }

    /// Waits until this is printed, and forgets what was printed before it.
    async fn expect(&mut self, text: &str) {
        let mut buffer = [0; 1024];
        loop {
            if let Some((_, rest)) = self.printed.split_once(text) {
                self.printed = rest.to_owned();
                return;
            }
            let reading = self.output.read(&mut buffer);
            let length = within(text, reading).await.unwrap();
            let piece = String::from_utf8_lossy(&buffer[..length]);
            self.printed += &piece;
        }
    }
}

/// A folder with a program `cargo`, which is this script.
fn cargo(script: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = folder.path().join("cargo");
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[tokio::test]
async fn reload_keeps_the_connection_and_stays_if_it_does_not_build() {
    let mut server = Server::start().await;
    // It fails the first time, and succeeds the second time.
    let folder = cargo(
        "[ -e \"$0.again\" ] && exit\n\
         touch \"$0.again\"; echo 'error: a mistake' >&2; exit 1",
    );
    let mut client = Client::start(&server, folder.path());
    server.line("Got connection").await;
    client.type_in("hello\n").await;
    server.line("Got packet hello").await;

    client.type_in(":reload\n").await;
    client.expect("error: a mistake").await;
    client
        .expect("it does not build, so the old client stays")
        .await;
    client.type_in("the old one\n").await;
    let old = server.line("Got packet the old one").await;
    // As typed, and as it came back.
    client.expect("the old one").await;
    client.expect("the old one").await;

    // As it is when a text is pasted.
    client.type_in(":reload\nthe new one\n").await;
    let new = server.line("Got packet the new one").await;
    let task = |line: &str| line.split(':').next().map(str::to_owned);
    assert_eq!(task(&new), task(&old), "the same connection");
    client.expect("the new one").await;
    client.expect("the new one").await;
    #[cfg(target_os = "linux")]
    {
        let id = client.child.id().unwrap();
        let called = fs::read(format!("/proc/{id}/cmdline")).unwrap();
        let called = String::from_utf8(called).unwrap();
        assert!(called.contains("--socket"), "it is the old one: {called}");
    }

    client.type_in("\u{4}").await;
    let rest = server.line("").await;
    assert!(rest.ends_with("Connection closed"), "{rest}");
    let ended = within("the client's end", client.child.wait()).await;
    assert!(ended.unwrap().success());
}

/// Whoever pipes a file through the client has no use for a command in it.
#[tokio::test]
async fn reload_is_a_line_like_any_other_in_a_pipe() {
    let mut server = Server::start().await;
    let mut child = command("client")
        .arg(server.addr().to_string())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b":reload\n").await.unwrap();
    drop(input);
    let output = within("the client's end", child.wait_with_output()).await;
    assert_eq!(output.unwrap().stdout, b":reload\n");
    server.line("Got packet :reload").await;
}
