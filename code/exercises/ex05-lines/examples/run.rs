//! To try it by hand: `cargo run -p ex05-lines --example lines`, then
//! `nc localhost 8000`.

use std::io;

use ex05_lines::Lines;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:8000").await?;
    println!("Listening on port 8000...");
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
