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
    sync::{Barrier, Semaphore},
    time::sleep,
};

/// A server for the crowd, and what it has seen.
struct Watch {
    /// A permit for each that has come.
    come: Semaphore,
    here: AtomicUsize,
    peak: AtomicUsize,
    messages: Mutex<BTreeSet<String>>,
}

/// What the server does with the nth message.
type Reply = fn(usize, String) -> Option<String>;

/// Whom the server keeps waiting.
#[derive(Clone, Copy)]
enum Wait {
    /// Nobody.
    Nobody,
    /// All, until so many are there together.
    All(usize),
    /// The first one, until so many have come, itself included.
    First(u32),
}

/// Starts a server.
async fn start(wait: Wait, reply: Reply) -> (SocketAddr, Arc<Watch>) {
    let (listener, addr) = listen().await;
    let watch = Arc::new(Watch {
        come: Semaphore::new(0),
        here: AtomicUsize::new(0),
        peak: AtomicUsize::new(0),
        messages: Mutex::default(),
    });
    let seen = watch.clone();
    tokio::spawn(async move {
        let together = if let Wait::All(all) = wait { all } else { 1 };
        let barrier = Arc::new(Barrier::new(together));
        for number in 0.. {
            let Ok((socket, _)) = listener.accept().await else {
                return;
            };
            let (seen, barrier) = (seen.clone(), barrier.clone());
            let here = seen.here.fetch_add(1, SeqCst) + 1;
            seen.peak.fetch_max(here, SeqCst);
            seen.come.add_permits(1);
            tokio::spawn(async move {
                if let (0, Wait::First(until)) = (number, wait) {
                    let come = seen.come.acquire_many(until).await;
                    come.expect("the semaphore was closed").forget();
                }
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
        .expect("a task panicked")
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

/// What comes of `clients` clients; the server is as `what` says.
async fn run(
    addr: SocketAddr,
    clients: usize,
    at_once: usize,
    what: &str,
) -> Tally {
    let what = format!(
        "{what}; the end of `crowd`, with {clients} clients, {at_once} at once,"
    );
    within(what, crowd(addr, clients, at_once)).await
}

#[track_caller]
fn assert_tally(got: Tally, what: &str, expected: [usize; 3]) {
    let [right, wrong, failed] = expected;
    let expected = Tally {
        right,
        wrong,
        failed,
    };
    assert!(
        got == expected,
        "{what}\n expected {expected:?}\n      and got {got:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_are_served() {
    let (addr, _) = start(Wait::Nobody, echo).await;
    let what = "the server echoes";
    let tally = run(addr, 100, 100, what).await;
    assert_tally(tally, what, [100, 0, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_are_connected_at_once() {
    let (addr, _) = start(Wait::All(20), echo).await;
    let what = "the server answers nobody before 20 clients are there";
    let tally = run(addr, 100, 20, what).await;
    assert_tally(tally, what, [100, 0, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_one_comes_as_soon_as_one_is_done() {
    let (addr, _) = start(Wait::First(20), echo).await;
    let what = "the server answers the first client when 19 others have come";
    let tally = run(addr, 50, 5, what).await;
    assert_tally(tally, what, [50, 0, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_more_than_allowed() {
    let (addr, watch) = start(Wait::Nobody, echo).await;
    run(addr, 50, 5, "the server echoes").await;
    let peak = watch.peak.load(SeqCst);
    assert!(
        peak <= 5,
        "5 at once are allowed, and {peak} were connected"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_has_a_message_of_its_own() {
    let (addr, watch) = start(Wait::Nobody, echo).await;
    run(addr, 30, 30, "the server echoes").await;
    let got = watch.messages.lock().expect("a task panicked").len();
    assert!(got == 30, "30 clients sent {got} different messages");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_answers_are_counted() {
    let (addr, _) = start(Wait::Nobody, |number, message| {
        let wrong = message.replace("client", "Client");
        Some(if number % 5 == 0 { wrong } else { message })
    })
    .await;
    let what =
        "every fifth of 50 clients gets its message with a letter changed";
    let tally = run(addr, 50, 10, what).await;
    assert_tally(tally, what, [40, 10, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_are_counted() {
    let (addr, _) = start(Wait::Nobody, |number, message| {
        (number % 5 != 0).then_some(message)
    })
    .await;
    let what = "every fifth of 50 clients gets nothing, and its connection is \
                closed";
    let tally = run(addr, 50, 10, what).await;
    assert_tally(tally, what, [40, 0, 10]);
}
