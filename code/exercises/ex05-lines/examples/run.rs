//! To try it by hand: `cargo run -p ex05-lines --example lines`, then
//! `nc localhost 8000`.

use std::{io, process::ExitCode};

use ex05_lines::Lines;
use testkit::by_hand::{finish, listen};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = listen().await?;
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(talk(socket));
    }
}

/// Answers each line in brackets.
async fn talk(mut socket: TcpStream) -> io::Result<()> {
    let mut lines = Lines::default();
    let mut buffer = [0; 1024];
    loop {
        let length = socket.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        let Ok(complete) = lines.push(&buffer[..length]) else {
            return socket.write_all(b"too long\n").await;
        };
        for line in complete {
            socket.write_all(format!("[{line}]\n").as_bytes()).await?;
        }
    }
}
