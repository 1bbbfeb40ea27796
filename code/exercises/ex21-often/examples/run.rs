//! To try it by hand: `cargo run -p ex21-often --example often`, then
//! `nc localhost 8000`. The line `boom` panics.

use std::{io, process::ExitCode, sync::Arc, time::Duration};

use testkit::by_hand::{finish, listen};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    time::Instant,
};

/// So many panics are borne.
const RESTARTS: usize = 3;

/// Within such a time.
const WITHIN: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = Arc::new(listen().await?);
    let start = Instant::now();
    let kept = ex21_often::keep_alive(RESTARTS, WITHIN, || {
        println!("It begins after {:.1} s", start.elapsed().as_secs_f32());
        serve(listener.clone())
    });
    kept.await.map_err(io::Error::other)
}

/// Talks to a client at a time, and so one panic is the end of all of it.
async fn serve(listener: Arc<TcpListener>) {
    while let Ok((socket, _)) = listener.accept().await {
        if let Err(error) = talk(socket).await {
            println!("A connection broke: {error}");
        }
    }
}

async fn talk(socket: TcpStream) -> io::Result<()> {
    let mut socket = BufReader::new(socket);
    let mut line = String::new();
    while socket.read_line(&mut line).await? > 0 {
        if line.trim() == "boom" {
            panic!("(meant to happen) a client has said \"boom\"");
        }
        socket.write_all(line.as_bytes()).await?;
        line.clear();
    }
    Ok(())
}
