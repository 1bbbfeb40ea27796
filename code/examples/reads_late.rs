//! A client that sends for as long as the server takes anything, and only then
//! begins to read. At the end it says whether all of it has come back.
//!
//! Start a server, and then `cargo run -p echo --example reads_late
//! localhost:8000`. It takes some seconds, prints a line, and ends.

use std::{env, io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// More than all the buffers on the way hold, so that they fill up.
const MUCH: usize = 16 << 20;

/// When the server has taken nothing for so long, it waits for us to read.
const PATIENCE: Duration = Duration::from_secs(1);

/// Nobody waits longer than this for the rest.
const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).ok_or(io::ErrorKind::InvalidInput)?;
    let mut socket = TcpStream::connect(address).await?;
    let message = vec![b'x'; MUCH];

    let sent = send_until_stuck(&mut socket, &message).await?;
    let rest = send_and_read(&mut socket, &message[sent..]);
    let came_back = timeout(DEADLINE, rest).await??;
    println!(
        "{}",
        match came_back {
            MUCH => "Everything came back",
            _ => "Some of it is missing",
        }
    );
    Ok(())
}

/// Returns how much was sent.
async fn send_until_stuck(
    socket: &mut TcpStream,
    message: &[u8],
) -> io::Result<usize> {
    let mut sent = 0;
    while sent < message.len() {
        match timeout(PATIENCE, socket.write(&message[sent..])).await {
            Ok(length) => sent += length?,
            Err(_) => break,
        }
    }
    Ok(sent)
}

/// Returns how much was read, of this and of what was sent before.
async fn send_and_read(
    socket: &mut TcpStream,
    message: &[u8],
) -> io::Result<usize> {
    let (mut from_server, mut to_server) = socket.split();
    let mut reply = Vec::new();
    let sending = async {
        to_server.write_all(message).await?;
        to_server.shutdown().await
    };
    let (_, came_back) =
        tokio::try_join!(sending, from_server.read_to_end(&mut reply))?;
    Ok(came_back)
}
