//! A terminal that stands still. Ctrl-S stops it, maybe by mistake, and
//! `limited` stops with it. `logged` does not.

use std::{net::SocketAddr, time::Duration};

use mdbook_proof::session::terminal::heed_signals;
use pty_process::Pty;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::Child,
    time::timeout,
};

use crate::support::{listening_at, program, within};

/// More than a server has threads, each of which can wait for the terminal.
const CROWD: usize = 90;

/// So many times so many clients.
const CROWDS: usize = 10;

/// An answer takes a few milliseconds; this one does not come.
const PATIENCE: Duration = Duration::from_secs(2);

/// There is a place for each of them.
const ARGUMENTS: [&str; 5] = ["0", "--clients", "900", "--per-address", "900"];

const CTRL_S: &[u8] = b"\x13";
const CTRL_Q: &[u8] = b"\x11";

/// Starts a program in a terminal of its own.
async fn start(name: &str, arguments: &[&str]) -> (Child, SocketAddr, Pty) {
    heed_signals().unwrap();
    let (mut terminal, pts) = pty_process::open().unwrap();
    let child = pty_process::Command::new(program(name))
        .args(arguments)
        .kill_on_drop(true)
        .spawn(pts)
        .unwrap();
    let mut lines = BufReader::new(&mut terminal).lines();
    let listening = async {
        loop {
            let line = lines.next_line().await.unwrap().unwrap();
            if line.contains("Listening") {
                return listening_at(&line);
            }
        }
    };
    let addr = within("the server to listen", listening).await;
    (child, addr, terminal)
}

/// Connects clients that stay, each with something to say.
async fn clients(addr: SocketAddr) -> Vec<TcpStream> {
    let mut clients = Vec::new();
    for _ in 0..CROWD {
        let connecting = TcpStream::connect(addr);
        let mut client = within("a connection", connecting).await.unwrap();
        client.write_all(b"hello\n").await.unwrap();
        clients.push(client);
    }
    clients
}

/// Reads an answer for each.
async fn answers(clients: &mut [TcpStream]) {
    for client in clients {
        let mut answer = [0; 6];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"hello\n");
    }
}

#[tokio::test]
async fn limited_stops_when_its_terminal_is_stopped() {
    let (_server, addr, mut terminal) = start("limited", &ARGUMENTS).await;
    terminal.write_all(CTRL_S).await.unwrap();
    let mut waiting = clients(addr).await;
    let mut crowds = 1;
    while timeout(PATIENCE, answers(&mut waiting)).await.is_ok() {
        // The key may take a moment to get through, but not as long as this.
        assert!(crowds < CROWDS, "all were answered");
        crowds += 1;
        drop(waiting);
        waiting = clients(addr).await;
    }
    let (mut output, mut keys) = terminal.into_split();
    keys.write_all(CTRL_Q).await.unwrap();
    let reading = async move { output.read_to_end(&mut Vec::new()).await };
    tokio::spawn(reading);
    let mut last = TcpStream::connect(addr).await.unwrap();
    last.write_all(b"hello\n").await.unwrap();
    within("an answer", answers(&mut [last])).await;
}

#[tokio::test]
async fn logged_serves_on_when_its_terminal_is_stopped() {
    let mut arguments = ARGUMENTS.to_vec();
    arguments.extend(["--metrics-port", "0"]);
    let (_server, addr, mut terminal) = start("logged", &arguments).await;
    terminal.write_all(CTRL_S).await.unwrap();
    for _ in 0..CROWDS {
        let mut clients = clients(addr).await;
        within("all answers", answers(&mut clients)).await;
    }
}
