//! What it costs to write a message in two pieces:
//! `cargo run --release --bin delays`.
//!
//! A client sends a question, a length and then a text, and waits for the
//! answer. It does so in three ways, in turn: with two writes as the system
//! sends them when nobody says otherwise, with two writes and TCP_NODELAY, and
//! with one write. It takes some ten seconds, and prints the table that a page
//! shows.

use std::time::Duration;

use anyhow::{Result, ensure};
use echo::{cli, messages::frames::HEAD};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufWriter},
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};

/// How often each way is measured, in turn with the others.
const ROUNDS: usize = 3;

/// The questions of a round that count.
const QUESTIONS: usize = 40;

/// The questions of a round before those. A new connection is in a hurry, and
/// behaves otherwise.
const FIRST: usize = 20;

/// No answer takes this long.
const LIMIT: Duration = Duration::from_secs(30);

const TEXT: &[u8] = b"hello";

/// How a question is sent.
#[derive(Debug, Clone, Copy)]
enum Way {
    TwoWrites,
    NoDelay,
    OneWrite,
}

const WAYS: [(Way, &str); 3] = [
    (Way::TwoWrites, "two writes"),
    (Way::NoDelay, "two writes, TCP_NODELAY"),
    (Way::OneWrite, "one write"),
];

#[tokio::main]
async fn main() -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let mut waits = [const { Vec::new() }; WAYS.len()];
    for _ in 0..ROUNDS {
        for (waits, (way, _)) in waits.iter_mut().zip(WAYS) {
            waits.extend(timeout(LIMIT, measure(&listener, way)).await??);
        }
    }
    for waits in &mut waits {
        waits.sort_unstable();
    }
    let best = median(&waits[WAYS.len() - 1]);
    println!(
        "| how a question is sent | median wait | longest | times one write |"
    );
    println!("|:--|--:|--:|--:|");
    for (waits, (_, name)) in waits.iter().zip(WAYS) {
        let (median, longest) = (median(waits), waits[waits.len() - 1]);
        let times = median.as_secs_f64() / best.as_secs_f64();
        let (median, longest) = (millis(median), millis(longest));
        let decimals = usize::from(times < 10.0);
        println!("| {name} | {median} | {longest} | {times:.decimals$} |");
    }
    tell_how()
}

/// Says below the table what was measured.
fn tell_how() -> Result<()> {
    println!();
    println!(
        "The waits for {} answers each, to questions of {HEAD} and {} bytes, \
         in {ROUNDS} rounds in turn, over the loopback interface.",
        ROUNDS * QUESTIONS,
        TEXT.len(),
    );
    println!();
    println!("Measured on {}.", cli::machine()?);
    Ok(())
}

/// How long the answers of one connection take.
async fn measure(listener: &TcpListener, way: Way) -> Result<Vec<Duration>> {
    let connecting = TcpStream::connect(listener.local_addr()?);
    let (socket, accepted) = tokio::try_join!(connecting, listener.accept())?;
    socket.set_nodelay(matches!(way, Way::NoDelay))?;
    let answering = tokio::spawn(answer(accepted.0));
    let waits = ask(socket, way).await?;
    answering.await??;
    Ok(waits)
}

/// Asks, and waits for each answer before it asks again.
async fn ask(mut socket: TcpStream, way: Way) -> Result<Vec<Duration>> {
    let (mut head, mut text) = ([0; HEAD], [0; TEXT.len()]);
    let mut waits = Vec::new();
    for number in 0..FIRST + QUESTIONS {
        let began = Instant::now();
        send(&mut socket, way).await?;
        socket.read_exact(&mut head).await?;
        socket.read_exact(&mut text).await?;
        ensure!(text == TEXT, "a wrong answer");
        if number >= FIRST {
            waits.push(began.elapsed());
        }
    }
    Ok(waits)
}

/// Sends a question.
// ANCHOR: send
async fn send(socket: &mut TcpStream, way: Way) -> Result<()> {
    let length = TEXT.len() as u32;
    match way {
        Way::TwoWrites | Way::NoDelay => {
            socket.write_u32(length).await?;
            socket.write_all(TEXT).await?;
        }
        Way::OneWrite => {
            let mut buffer = BufWriter::new(socket);
            buffer.write_u32(length).await?;
            buffer.write_all(TEXT).await?;
            buffer.flush().await?;
        }
    }
    Ok(())
}
// ANCHOR_END: send

/// Sends back what it is asked, in one write, until nobody asks any more.
async fn answer(mut socket: TcpStream) -> Result<()> {
    let mut question = [0; HEAD + TEXT.len()];
    while socket.read_exact(&mut question).await.is_ok() {
        socket.write_all(&question).await?;
    }
    Ok(())
}

fn median(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() / 2]
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
