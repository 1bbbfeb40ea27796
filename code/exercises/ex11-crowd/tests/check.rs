//! The tests of the eleventh exercise.

use std::{
    collections::BTreeSet,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use ex11_crowd::{Tally, crowd};
use testkit::{listen, within};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::Barrier,
    time::sleep,
};

/// A server for the crowd, and what it has seen.
#[derive(Default)]
struct Watch {
    here: AtomicUsize,
    peak: AtomicUsize,
    messages: Mutex<BTreeSet<String>>,
}

/// What the server does with the nth message.
type Reply = fn(usize, String) -> Option<String>;

/// Starts a server. It answers when as many clients as `together` are there.
async fn start(together: usize, reply: Reply) -> (SocketAddr, Arc<Watch>) {
    let (listener, addr) = listen().await;
    let watch = Arc::new(Watch::default());
    let seen = watch.clone();
    tokio::spawn(async move {
        let barrier = Arc::new(Barrier::new(together));
        for number in 0.. {
            let Ok((socket, _)) = listener.accept().await else {
                return;
            };
            let (seen, barrier) = (seen.clone(), barrier.clone());
            let here = seen.here.fetch_add(1, SeqCst) + 1;
            seen.peak.fetch_max(here, SeqCst);
            tokio::spawn(async move {
                serve(socket, number, &seen, &barrier, reply).await
            });
        }
    });
    (addr, watch)
}

async fn serve(
    socket: TcpStream,
    number: usize,
    watch: &Watch,
    barrier: &Barrier,
    reply: Reply,
) -> io::Result<()> {
    let mut socket = BufReader::new(socket);
    let mut message = String::new();
    socket.read_line(&mut message).await?;
    watch
        .messages
        .lock()
        .expect("nobody panics")
        .insert(message.clone());
    barrier.wait().await;
    // Whoever comes too early shows while the others are still here.
    sleep(Duration::from_millis(5)).await;
    // The client may go as soon as it has the answer, and the next one come.
    watch.here.fetch_sub(1, SeqCst);
    match reply(number, message) {
        Some(reply) => socket.write_all(reply.as_bytes()).await,
        None => Ok(()),
    }
}

fn echo(_: usize, message: String) -> Option<String> {
    Some(message)
}

async fn run(addr: SocketAddr, clients: usize, at_once: usize) -> Tally {
    within("the end of `crowd`", crowd(addr, clients, at_once)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_are_served() {
    let (addr, _) = start(1, echo).await;
    let tally = run(addr, 100, 100).await;
    assert_eq!(
        tally,
        Tally {
            right: 100,
            wrong: 0,
            failed: 0
        }
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_are_connected_at_once() {
    // This server answers nobody before 20 clients are there.
    let (addr, _) = start(20, echo).await;
    let tally = run(addr, 100, 20).await;
    assert_eq!(
        tally,
        Tally {
            right: 100,
            wrong: 0,
            failed: 0
        }
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_more_than_allowed() {
    let (addr, watch) = start(1, echo).await;
    run(addr, 50, 5).await;
    let peak = watch.peak.load(SeqCst);
    assert!(
        peak <= 5,
        "5 at once are allowed, and {peak} were connected"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_has_a_message_of_its_own() {
    let (addr, watch) = start(1, echo).await;
    run(addr, 30, 30).await;
    let messages = watch.messages.lock().expect("nobody panics").len();
    assert_eq!(messages, 30, "different messages of 30 clients");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_answers_are_counted() {
    // Every fifth client gets its message with a letter changed.
    let (addr, _) = start(1, |number, message| {
        let wrong = message.replace("client", "Client");
        Some(if number % 5 == 0 { wrong } else { message })
    })
    .await;
    let tally = run(addr, 50, 10).await;
    assert_eq!(
        tally,
        Tally {
            right: 40,
            wrong: 10,
            failed: 0
        }
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_are_counted() {
    // Every fifth client gets nothing, and its connection is closed.
    let (addr, _) =
        start(1, |number, message| (number % 5 != 0).then_some(message)).await;
    let tally = run(addr, 50, 10).await;
    assert_eq!(
        tally,
        Tally {
            right: 40,
            wrong: 0,
            failed: 10
        }
    );
}
