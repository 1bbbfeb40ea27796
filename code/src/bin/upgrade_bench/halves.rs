//! How long it takes to hand over clients in the middle of a line.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    median,
    server::{LIMIT, Server, make_room},
};

/// How often each measurement is repeated. The median is told.
const ROUNDS: usize = 5;

/// How often to try before all that was sent must have been read.
const TRIES: usize = 50;

/// How many clients stop in the middle of a line.
const HALVES: usize = 5_000;

/// Prints a table with a row for each length.
pub async fn table() -> Result<()> {
    println!(
        "| clients | unanswered, each | handed over | lost clients | wrong answers | from the signal to the new program |"
    );
    println!("|--:|--:|--:|--:|--:|--:|");
    for kib in [0, 32, 64] {
        measure(kib).await?;
    }
    println!();
    println!("The times are the medians of {ROUNDS} upgrades.");
    Ok(())
}

/// Prints a row of the table.
async fn measure(kib: usize) -> Result<()> {
    make_room(HALVES)?;
    let folder = tempfile::tempdir()?;
    let mut server = Server::start(folder.path()).await?;
    let half = vec![b'x'; kib * 1024];
    let mut clients = Vec::new();
    for _ in 0..HALVES {
        let mut client = TcpStream::connect(("127.0.0.1", server.port)).await?;
        client.write_all(&half).await?;
        clients.push(client);
    }
    let times = upgrade(&mut server, HALVES * half.len()).await?;

    let (mut lost, mut wrong) = (0, 0);
    for client in clients {
        match timeout(LIMIT, finish(client, half.len())).await? {
            Ok(true) => {}
            Ok(false) => wrong += 1,
            Err(_) => lost += 1,
        }
    }
    server.child.kill().await?;
    println!(
        "| {HALVES} | {kib} KiB | {} MiB | {lost} | {wrong} | {} |",
        HALVES * kib / 1024,
        median(times)
    );
    Ok(())
}

/// Upgrades the server so often that the times of some count: those in which
/// it had accepted all clients, and read all that they had sent.
async fn upgrade(server: &mut Server, sent: usize) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    for round in 0..TRIES {
        let to = ["upgradable_v2", "upgradable"][round % 2];
        let upgraded = server.upgrade(to).await?;
        if (upgraded.clients, upgraded.bytes) == (HALVES, sent) {
            times.push(upgraded.took);
        }
        if times.len() == ROUNDS {
            return Ok(times);
        }
    }
    bail!("it never had all {sent} bytes");
}

/// Ends the line, and compares the answer, in whatever letters.
async fn finish(mut client: TcpStream, length: usize) -> Result<bool> {
    client.write_all(b"\n").await?;
    client.shutdown().await?;
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await?;
    let end = answer.pop();
    let same = answer.iter().all(|byte| byte.eq_ignore_ascii_case(&b'x'));
    Ok(end == Some(b'\n') && same && answer.len() == length)
}
