//! What all that `echod` does for a client costs:
//! `cargo run --release --bin echod_bench`.
//!
//! It starts `echod`, with all of its limits, its counters and its log, and
//! beside it a server that only has the conversation of Part I, without what
//! that prints. Clients send lines to one and then to the other, several times
//! in turn, and wait for each answer. It takes less than a minute, and prints
//! the table that a page shows.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{Instant, timeout},
};

mod server;

use server::Server;

/// How many clients talk at once.
const ASKING: usize = 50;

/// The lengths of the lines, in bytes with their ends.
const LENGTHS: [usize; 2] = [64, 4096];

/// How often each measurement is repeated. The medians are told.
const ROUNDS: usize = 21;

/// How long a measurement takes.
const WINDOW: Duration = Duration::from_millis(500);

/// No answer takes this long.
const LIMIT: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result<()> {
    if std::env::args().nth(1).as_deref() == Some(server::PLAIN) {
        return server::plain().await;
    }
    let plain = Server::plain().await?;
    let echod = Server::echod().await?;
    println!(
        "| bytes of a line | Part I, lines in a second | `echod` | of Part I |"
    );
    println!("|--:|--:|--:|--:|");
    for length in LENGTHS {
        compare(&plain, &echod, length).await?;
    }
    println!();
    println!(
        "{ASKING} clients, each of which sends a line when it has the answer \
         to its last. The medians of {ROUNDS} measurements in turn."
    );
    println!();
    println!(
        "Measured on {}, which the clients share with the server.",
        echo::cli::machine()?,
    );
    Ok(())
}

/// Prints a row of the table.
async fn compare(plain: &Server, echod: &Server, length: usize) -> Result<()> {
    let mut rates = (Vec::new(), Vec::new());
    // The first round is not counted: all are new to each other.
    for round in 0..=ROUNDS {
        let of_plain = measure(plain, length).await?;
        let of_echod = measure(echod, length).await?;
        if round > 0 {
            rates.0.push(of_plain);
            rates.1.push(of_echod);
        }
    }
    let (plain, echod) = (median(rates.0), median(rates.1));
    let part = echod / plain;
    println!("| {length} | {plain:.0} | {echod:.0} | {part:.2} |");
    Ok(())
}

/// How many lines are answered in a second.
async fn measure(server: &Server, length: usize) -> Result<f64> {
    let mut clients = JoinSet::new();
    for _ in 0..ASKING {
        let socket = TcpStream::connect(server.addr).await?;
        socket.set_nodelay(true)?;
        clients.spawn(client(socket, length, Instant::now() + WINDOW));
    }
    let mut answers = 0;
    while let Some(client) = clients.join_next().await {
        answers += client??;
    }
    Ok(answers as f64 / WINDOW.as_secs_f64())
}

/// Sends a line and waits for the answer, until the time is over. Returns how
/// many were answered.
async fn client(
    mut socket: TcpStream,
    length: usize,
    end: Instant,
) -> Result<usize> {
    let mut line = vec![b'x'; length];
    line[length - 1] = b'\n';
    let mut answer = vec![0; length];
    let mut answers = 0;
    let talking = async {
        while Instant::now() < end {
            socket.write_all(&line).await?;
            socket.read_exact(&mut answer).await?;
            ensure!(answer == line, "a wrong answer");
            answers += 1;
        }
        Ok(())
    };
    timeout(WINDOW + LIMIT, talking).await??;
    Ok(answers)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
