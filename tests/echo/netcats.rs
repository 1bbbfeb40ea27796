use std::{env, io::Write, path::PathBuf, time::Duration};

use mdbook_proof::session::terminal::heed_signals;
use pty_process::{OwnedWritePty, Pty};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    process::Child,
    time,
};

use crate::support::{Server, program, within};

const PAGE: &str = include_str!("../../book/testing-the-server.md");

/// Time enough for a netcat that heeds Ctrl-D to end.
const A_MOMENT: Duration = Duration::from_millis(500);

/// A row of the page's table.
struct Row {
    command: Vec<String>,
    key: String,
}

/// The rows of the page that have a command in their second column.
fn rows() -> Vec<Row> {
    let cells = |line: &'static str| -> Vec<&str> {
        line.split('|').map(str::trim).collect()
    };
    PAGE.lines()
        .filter(|line| line.starts_with('|'))
        .filter_map(|line| match cells(line)[..] {
            [_, _, command, key, _] if command.starts_with('`') => Some(Row {
                command: command
                    .trim_matches('`')
                    .split(' ')
                    .map(str::to_owned)
                    .collect(),
                key: key.to_owned(),
            }),
            _ => None,
        })
        .collect()
}

impl Row {
    /// The program to run, or `None` if this machine has none of that name,
    /// which is said.
    fn program(&self) -> Option<PathBuf> {
        if self.command.starts_with(&["cargo".into()]) {
            return Some(program("client"));
        }
        let name = &self.command[0];
        let path = env::var_os("PATH")?;
        let file = env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|file| file.is_file());
        if file.is_none() {
            assert!(env::var_os("CI").is_none(), "{name} is not installed");
            // Past the test's captured output, so that it is always seen.
            let mut stderr = std::io::stderr();
            let _ = writeln!(stderr, "{name} is not installed: not tried");
        }
        file
    }

    /// Its arguments, with the port of the test's server.
    fn arguments(&self, port: &str) -> Vec<String> {
        if self.command.starts_with(&["cargo".into()]) {
            return Vec::new();
        }
        let arguments = self.command[1..].iter();
        arguments.map(|word| word.replace("8000", port)).collect()
    }

    async fn press(&self, terminal: &mut OwnedWritePty) {
        match &*self.key {
            "Ctrl-C" => type_in(terminal, b"\x03").await,
            "Ctrl-D" => type_in(terminal, b"\x04").await,
            "Ctrl-] and then `quit`" => type_in(terminal, b"\x1dquit\n").await,
            other => panic!("the page names a key that no test knows: {other}"),
        }
    }
}

async fn type_in(terminal: &mut OwnedWritePty, keys: &[u8]) {
    within("the terminal", terminal.write_all(keys))
        .await
        .unwrap();
}

/// Runs the row's command in a terminal of its own, whose output is thrown
/// away.
fn run(row: &Row, program: PathBuf, port: &str) -> (Child, OwnedWritePty) {
    heed_signals().unwrap();
    let (terminal, pts) = pty_process::open().unwrap();
    let child = pty_process::Command::new(program)
        .args(row.arguments(port))
        .env("PORT", port)
        .kill_on_drop(true)
        .spawn(pts)
        .unwrap();
    (child, drain(terminal))
}

fn drain(terminal: Pty) -> OwnedWritePty {
    let (mut output, input) = terminal.into_split();
    tokio::spawn(async move {
        let mut buffer = [0; 1024];
        while output
            .read(&mut buffer)
            .await
            .is_ok_and(|length| length > 0)
        {}
    });
    input
}

async fn ends_as_the_page_says(row: &Row, program: PathBuf) {
    let mut server = Server::start().await;
    let port = server.addr().port().to_string();
    let (mut netcat, mut terminal) = run(row, program, &port);
    server.line("Got connection").await;
    type_in(&mut terminal, b"hello\n").await;
    server.line("Got packet hello").await;

    if row.key == "Ctrl-C" {
        type_in(&mut terminal, b"\x04").await;
        let early = time::timeout(A_MOMENT, netcat.wait()).await;
        assert!(early.is_err(), "{:?} ends with Ctrl-D", row.command);
    }
    row.press(&mut terminal).await;
    let what = format!("{:?} to end with {}", row.command, row.key);
    within(&what, netcat.wait()).await.unwrap();
    server.line("Connection closed").await;
    server.stop().await;
}

#[tokio::test]
async fn each_netcat_ends_with_the_key_that_the_page_names() {
    let rows = rows();
    assert_eq!(rows.len(), 7, "rows in the page's table of netcats");
    for row in rows {
        let Some(program) = row.program() else {
            continue;
        };
        ends_as_the_page_says(&row, program).await;
    }
}

#[tokio::test]
async fn ctrl_c_ends_every_netcat() {
    for row in rows().iter().filter(|row| row.command[0] != "telnet") {
        let Some(program) = row.program() else {
            continue;
        };
        let mut server = Server::start().await;
        let port = server.addr().port().to_string();
        let (mut netcat, mut terminal) = run(row, program, &port);
        server.line("Got connection").await;
        type_in(&mut terminal, b"\x03").await;
        let what = format!("{:?} to end with Ctrl-C", row.command);
        within(&what, netcat.wait()).await.unwrap();
        server.line("Connection closed").await;
        server.stop().await;
    }
}

#[tokio::test]
async fn telnet_ends_its_lines_with_two_bytes() {
    let rows = rows();
    let row = rows.iter().find(|row| row.command[0] == "telnet").unwrap();
    let Some(program) = row.program() else {
        return;
    };
    let mut server = Server::start().await;
    let port = server.addr().port().to_string();
    let (_telnet, mut terminal) = run(row, program, &port);
    server.line("Got connection").await;
    type_in(&mut terminal, b"hello\n").await;
    row.press(&mut terminal).await;
    assert_eq!(server.packets().await, r"hello\r\n");
    server.stop().await;
}

/// A server that accepts and hangs up, as step 1 does.
#[tokio::test]
async fn netcats_notice_a_hang_up_by_the_second_enter_or_before() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    for row in rows() {
        let Some(program) = row.program() else {
            continue;
        };
        let (mut netcat, mut terminal) = run(&row, program, &port);
        drop(within("a netcat", listener.accept()).await.unwrap());
        let mut presses = 0;
        while presses < 2
            && time::timeout(A_MOMENT, netcat.wait()).await.is_err()
        {
            presses += 1;
            // It may have ended just now.
            let _ = within("the terminal", terminal.write_all(b"\n")).await;
        }
        let what = format!("{:?} to end", row.command);
        within(&what, netcat.wait()).await.unwrap();
        if row.command[0] == "nc.openbsd" {
            assert!(presses > 0, "{:?} ends by itself", row.command);
        }
    }
}
