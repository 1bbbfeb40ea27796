//! To try it by hand: `cargo run -p ex22-monitor --example monitor`, then
//! `nc localhost 8000`. The line `boom` panics. Enter in the server's terminal
//! ends the tasks of all clients.

use std::{io, process::ExitCode};

use ex22_monitor::{Watched, spawn};
use testkit::by_hand::{finish, listen};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, stdin},
    net::TcpStream,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = listen().await?;
    let (tell, told) = unbounded_channel();
    tokio::spawn(abort_at_enter(told));
    for client in 1.. {
        let (socket, _) = listener.accept().await?;
        let watched = spawn(talk(socket));
        for watcher in ["one watcher", "another watcher"] {
            tokio::spawn(watch(watcher, client, watched.clone()));
        }
        // Nobody reads it when the terminal has no more lines.
        let _ = tell.send(watched);
    }
    Ok(())
}

async fn watch(watcher: &str, client: usize, watched: Watched) {
    let ended = watched.ended().await;
    println!("{watcher} hears of client {client}: {ended:?}");
}

/// At each Enter, ends the tasks that have begun until then.
async fn abort_at_enter(mut tasks: UnboundedReceiver<Watched>) {
    let mut lines = BufReader::new(stdin()).lines();
    while let Ok(Some(_)) = lines.next_line().await {
        while let Ok(task) = tasks.try_recv() {
            task.abort();
        }
    }
}

async fn talk(socket: TcpStream) {
    let mut socket = BufReader::new(socket);
    let mut line = String::new();
    while let Ok(1..) = socket.read_line(&mut line).await {
        if line.trim() == "boom" {
            panic!("(meant to happen) the client has said \"boom\"");
        }
        if socket.write_all(line.as_bytes()).await.is_err() {
            return;
        }
        line.clear();
    }
}
