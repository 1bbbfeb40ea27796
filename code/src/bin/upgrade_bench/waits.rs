//! How long clients wait for an answer, without an upgrade and with one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::{Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{
    median,
    server::{LIMIT, Server, make_room},
};

/// How often each measurement is repeated. The median is told.
const ROUNDS: usize = 5;

/// How long a measurement takes. An upgrade comes in its middle.
const WINDOW: Duration = Duration::from_secs(2);

/// The time between two questions of a quiet client.
const PAUSE: Duration = Duration::from_millis(500);

/// What all clients add to.
#[derive(Default)]
struct Tally {
    /// The longest wait, in microseconds.
    worst: AtomicU64,
    asked: AtomicU64,
    lost: AtomicUsize,
    wrong: AtomicUsize,
    stop: AtomicBool,
}

impl Tally {
    /// The longest wait since this was asked last.
    fn worst(&self) -> Duration {
        Duration::from_micros(self.worst.swap(0, Relaxed))
    }
}

/// Prints a table with a row for each load.
pub async fn table() -> Result<()> {
    println!(
        "| clients | load | questions | lost clients | wrong answers | worst wait | with an upgrade |"
    );
    println!("|--:|:--|--:|--:|--:|--:|--:|");
    for (clients, pause) in [
        (100, Some(PAUSE)),
        (100, None),
        (5_000, Some(PAUSE)),
        (5_000, None),
    ] {
        measure(clients, pause).await?;
    }
    println!();
    println!(
        "The waits are the worst of all clients in {} seconds, and of {ROUNDS} \
         such times the median.",
        WINDOW.as_secs(),
    );
    Ok(())
}

/// Prints a row of the table.
async fn measure(clients: usize, pause: Option<Duration>) -> Result<()> {
    make_room(clients)?;
    let folder = tempfile::tempdir()?;
    let mut server = Server::start(folder.path()).await?;
    let tally = Arc::new(Tally::default());
    let mut tasks = JoinSet::new();
    for number in 0..clients {
        let socket = TcpStream::connect(("127.0.0.1", server.port)).await?;
        socket.set_nodelay(true)?;
        tasks.spawn(client(socket, number, pause, Arc::clone(&tally)));
    }
    sleep(WINDOW).await;

    let (mut without, mut with) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        tally.worst();
        sleep(WINDOW).await;
        without.push(tally.worst());
        sleep(WINDOW / 2).await;
        let to = ["upgradable_v2", "upgradable"][round % 2];
        let kept = server.upgrade(to).await?.clients;
        ensure!(kept == clients, "it kept {kept} of {clients} clients");
        sleep(WINDOW / 2).await;
        with.push(tally.worst());
    }
    tally.stop.store(true, Relaxed);
    let counting = server.count_lines(clients);
    let ending = async { tokio::join!(counting, tasks.join_all()) };
    let (counted, _) = timeout(LIMIT, ending).await?;
    let (counted, asked) = (counted?, tally.asked.load(Relaxed));
    ensure!(counted == asked, "it counted {counted} lines of {asked}");
    server.child.kill().await?;

    let load = match pause {
        Some(_) => "quiet",
        None => "full",
    };
    println!(
        "| {clients} | {load} | {asked} | {} | {} | {} | {} |",
        tally.lost.load(Relaxed),
        tally.wrong.load(Relaxed),
        median(without),
        median(with),
    );
    Ok(())
}

/// Asks and waits, again and again.
async fn client(
    mut socket: TcpStream,
    number: usize,
    pause: Option<Duration>,
    tally: Arc<Tally>,
) {
    // Quiet clients do not all ask in the same moment.
    if let Some(pause) = pause {
        sleep(pause.mul_f64((number % 100) as f64 / 100.0)).await;
    }
    for round in 0.. {
        if tally.stop.load(Relaxed) {
            break;
        }
        let question = format!("question {round} of client {number}\n");
        let start = Instant::now();
        match ask(&mut socket, question.as_bytes()).await {
            Ok(true) => {}
            Ok(false) => drop(tally.wrong.fetch_add(1, Relaxed)),
            Err(_) => {
                tally.lost.fetch_add(1, Relaxed);
                return;
            }
        }
        let micros = start.elapsed().as_micros();
        let micros = u64::try_from(micros).unwrap_or(u64::MAX);
        tally.worst.fetch_max(micros, Relaxed);
        tally.asked.fetch_add(1, Relaxed);
        if let Some(pause) = pause {
            sleep(pause).await;
        }
    }
    // An answer that comes twice would be left over.
    let mut rest = Vec::new();
    let ended = async {
        socket.shutdown().await?;
        socket.read_to_end(&mut rest).await
    };
    match timeout(LIMIT, ended).await {
        Ok(Ok(0)) => {}
        Ok(Ok(_)) => drop(tally.wrong.fetch_add(1, Relaxed)),
        _ => drop(tally.lost.fetch_add(1, Relaxed)),
    }
}

/// Whether the answer is the question, in whatever letters.
async fn ask(socket: &mut TcpStream, question: &[u8]) -> Result<bool> {
    let mut answer = vec![0; question.len()];
    let asking = async {
        socket.write_all(question).await?;
        socket.read_exact(&mut answer).await
    };
    timeout(LIMIT, asking).await??;
    Ok(answer.eq_ignore_ascii_case(question))
}
