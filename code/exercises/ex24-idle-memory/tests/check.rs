//! The tests of the twenty-fourth exercise. Nearly all clients are in memory,
//! and what is allocated is counted. The last tests have real sockets.

use std::{
    cell::Cell,
    future::poll_fn,
    io,
    panic::resume_unwind,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use allocation_counter::{AllocationInfo, measure};
use ex24_idle_memory::{Socket, echo};
use testkit::{Server, listen, show, within};
use tokio::{
    net::TcpStream,
    runtime::Runtime,
    task::{JoinSet, yield_now},
};

/// So many clients are there where memory is counted.
const IDLE_CLIENTS: usize = 100;

/// The largest future, in bytes.
const LARGEST_FUTURE: usize = 512;

/// What a client can have sent and got at most, in bytes.
const PLENTY: usize = 1 << 20;

thread_local! {
    /// Whether an end of a connection has panicked in this test.
    static HAS_PANICKED: Cell<bool> = const { Cell::new(false) };
}

/// The server's end of a connection in memory. Clones are the same one.
#[derive(Debug, Clone)]
struct Line(Arc<Mutex<Ends>>);

#[derive(Debug)]
struct Ends {
    sent: Vec<u8>,
    /// So many bytes of it were read.
    read: usize,
    /// Whether the client says no more.
    is_over: bool,
    written: Vec<u8>,
    /// So many bytes more can be written.
    room: usize,
    /// The next waits end so often without a reason.
    mistakes: usize,
    /// What both attempts fail with, if the connection is broken.
    broken: Option<io::ErrorKind>,
    /// So many attempts have failed since the last wait.
    failed: usize,
    waker: Option<Waker>,
}

impl Line {
    /// A client that has room for so many bytes.
    fn new(room: usize) -> Line {
        Line(Arc::new(Mutex::new(Ends {
            sent: Vec::with_capacity(PLENTY),
            read: 0,
            is_over: false,
            written: Vec::with_capacity(PLENTY),
            room,
            mistakes: 0,
            broken: None,
            failed: 0,
            waker: None,
        })))
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something, and wakes who waits for it.
    fn set(&self, change: impl FnOnce(&mut Ends)) {
        let mut ends = self.ends();
        change(&mut ends);
        if let Some(waker) = ends.waker.take() {
            waker.wake();
        }
    }

    fn sends(&self, bytes: &[u8]) {
        self.set(|ends| ends.sent.extend_from_slice(bytes));
    }

    fn has_room(&self, room: usize) {
        self.set(|ends| ends.room = room);
    }

    fn finishes(&self) {
        self.set(|ends| ends.is_over = true);
    }

    async fn wait(&self, is_it: impl Fn(&Ends) -> bool) -> io::Result<()> {
        poll_fn(|cx| {
            let mut ends = self.ends();
            if ends.mistakes > 0 {
                ends.mistakes -= 1;
            } else if !is_it(&ends) && ends.broken.is_none() {
                ends.waker = Some(cx.waker().clone());
                return Poll::Pending;
            } else if ends.broken.is_none() {
                ends.failed = 0;
            }
            Poll::Ready(Ok(()))
        })
        .await
    }

    #[track_caller]
    fn expect(&self, deed: &str, expected: &[u8]) {
        let ends = self.ends();
        let pairs = ends.written.iter().zip(expected);
        let same = pairs.take_while(|(got, expected)| got == expected).count();
        assert!(
            ends.written == expected,
            "{deed}\n {} bytes should have come back by now; {} did, and the \
             first {same} are right\n expected from there {}\n       and got \
             {}",
            expected.len(),
            ends.written.len(),
            show(&expected[same..]),
            show(&ends.written[same..])
        );
    }
}

impl Ends {
    /// Fails, and not for ever.
    fn fail<T>(&mut self) -> io::Result<T> {
        self.failed += 1;
        if self.failed >= 1000 {
            // One panic in a test says enough.
            assert!(
                HAS_PANICKED.replace(true),
                "your code tried to read or to write {} times, which failed \
                 each time; it should wait in between, or return the error",
                self.failed
            );
            return Err(io::Error::other("this was tried too often"));
        }
        let kind = self.broken.unwrap_or(io::ErrorKind::WouldBlock);
        Err(kind.into())
    }
}

impl Socket for Line {
    fn readable(&self) -> impl Future<Output = io::Result<()>> + Send {
        self.wait(|ends| ends.read < ends.sent.len() || ends.is_over)
    }

    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut ends = self.ends();
        let length = buffer.len().min(ends.sent.len() - ends.read);
        if ends.broken.is_some() || (length == 0 && !ends.is_over) {
            return ends.fail();
        }
        let read = ends.read;
        buffer[..length].copy_from_slice(&ends.sent[read..][..length]);
        ends.read += length;
        Ok(length)
    }

    fn writable(&self) -> impl Future<Output = io::Result<()>> + Send {
        self.wait(|ends| ends.room > 0)
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut ends = self.ends();
        let length = bytes.len().min(ends.room);
        if ends.broken.is_some() || length == 0 {
            return ends.fail();
        }
        ends.written.extend_from_slice(&bytes[..length]);
        ends.room -= length;
        Ok(length)
    }
}

/// Tasks that echo, all on the thread of the test.
struct Echoes {
    runtime: Runtime,
    tasks: JoinSet<io::Result<()>>,
}

impl Echoes {
    /// One for each of these clients.
    fn new(lines: &[Line]) -> Echoes {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.build().expect("this machine has no runtime");
        let tasks = JoinSet::new();
        let mut echoes = Echoes { runtime, tasks };
        // The first client of a thread pays for what all share.
        let first = Line::new(PLENTY);
        first.sends(b"first");
        first.finishes();
        echoes.spawn(&first);
        echoes.run();
        lines.iter().for_each(|line| echoes.spawn(line));
        echoes
    }

    fn spawn(&mut self, line: &Line) {
        let echoing = echo(line.clone());
        self.tasks.spawn_on(echoing, self.runtime.handle());
    }

    /// Lets everybody do what can be done now. Returns what a task has
    /// returned, if one has.
    #[track_caller]
    fn run(&mut self) -> Option<io::Result<()>> {
        self.runtime.block_on(async {
            for _ in 0..100 {
                yield_now().await;
            }
        });
        match self.tasks.try_join_next()? {
            Ok(ended) => Some(ended),
            Err(error) => resume_unwind(error.into_panic()),
        }
    }

    /// The same, and no task has returned.
    #[track_caller]
    fn run_on(&mut self, deed: &str) {
        if let Some(ended) = self.run() {
            panic!("{deed}; it should go on, and `echo` returned {ended:?}");
        }
    }

    /// The same. Returns what was allocated, and what of it is kept.
    #[track_caller]
    fn run_measured(&mut self, deed: &str) -> AllocationInfo {
        measure(|| self.run_on(deed))
    }
}

/// Some bytes of one client: no other has the same letters.
fn bytes(of: u8, length: usize) -> Vec<u8> {
    let letters = [of, of.to_ascii_uppercase()];
    let letter = |place: usize| letters[place / 10 % 2];
    (0..length).map(letter).collect()
}

fn lines(room: usize) -> Vec<Line> {
    (0..IDLE_CLIENTS).map(|_| Line::new(room)).collect()
}

#[test]
fn all_comes_back() {
    let line = Line::new(PLENTY);
    let mut echoes = Echoes::new(std::slice::from_ref(&line));
    let (mut sent, deed) = (Vec::new(), "a client sends again and again");
    for length in [1, 64, 5000, 3, 20_000] {
        let more = bytes(b'a', length);
        sent.extend_from_slice(&more);
        line.sends(&more);
        echoes.run_on(deed);
        line.expect(deed, &sent);
    }
    line.finishes();
    let ended = echoes.run();

    assert!(
        matches!(ended, Some(Ok(()))),
        "a client says no more; `echo` should return, and got {ended:?}"
    );
}

#[test]
fn a_write_may_take_a_part() {
    let deed = "a client sends 1000 bytes, and has room for 7, and later for 7 \
                more, and so on";
    let line = Line::new(7);
    let mut echoes = Echoes::new(std::slice::from_ref(&line));
    let sent = bytes(b'a', 1000);
    line.sends(&sent);
    for room in 1..=142 {
        echoes.run_on(deed);
        line.expect(deed, &sent[..room * 7]);
        line.has_room(7);
    }
    line.finishes();
    let ended = echoes.run();
    line.expect(deed, &sent);

    assert!(matches!(ended, Some(Ok(()))), "{deed}, and got {ended:?}");
}

#[test]
fn the_end_waits_for_the_rest() {
    let deed = "a client sends 1000 bytes, says no more, and has room for them \
                only then";
    let line = Line::new(0);
    let mut echoes = Echoes::new(std::slice::from_ref(&line));
    let sent = bytes(b'a', 1000);
    line.sends(&sent);
    line.finishes();
    echoes.run_on(deed);
    line.has_room(PLENTY);
    let ended = echoes.run();
    line.expect(deed, &sent);

    assert!(matches!(ended, Some(Ok(()))), "{deed}, and got {ended:?}");
}

#[test]
fn a_wait_may_end_without_a_reason() {
    for mistakes in 1..4 {
        let deed = format!(
            "`readable` or `writable` is mistaken {mistakes} times, and then a \
             client sends 1000 bytes, and has room for 500 and later for all"
        );
        let line = Line::new(500);
        line.set(|ends| ends.mistakes = mistakes);
        let mut echoes = Echoes::new(std::slice::from_ref(&line));
        echoes.run_on(&deed);
        let sent = bytes(b'a', 1000);
        line.sends(&sent);
        line.set(|ends| ends.mistakes = mistakes);
        echoes.run_on(&deed);
        line.expect(&deed, &sent[..500]);
        line.has_room(PLENTY);
        echoes.run_on(&deed);
        line.expect(&deed, &sent);
    }
}

#[test]
fn a_slow_client_gets_its_own_bytes() {
    let deed = "a client sends 1000 bytes and has room for 10; another one \
                sends 1000 others; then the first one has room";
    let (slow, other) = (Line::new(10), Line::new(PLENTY));
    let mut echoes = Echoes::new(&[other.clone(), slow.clone()]);
    let (sent, others) = (bytes(b'a', 1000), bytes(b'b', 1000));
    slow.sends(&sent);
    echoes.run_on(deed);
    other.sends(&others);
    echoes.run_on(deed);
    slow.has_room(PLENTY);
    echoes.run_on(deed);
    slow.expect(&format!("{deed}; this is the first one"), &sent);
    other.expect(&format!("{deed}; this is the other one"), &others);
}

#[test]
fn a_slow_client_holds_up_nobody() {
    let deed = "a client sends 1000 bytes and has no room; then another one \
                sends 1000, and this is the other one";
    let (slow, other) = (Line::new(0), Line::new(PLENTY));
    let mut echoes = Echoes::new(&[slow.clone(), other.clone()]);
    slow.sends(&bytes(b'a', 1000));
    echoes.run_on(deed);
    let others = bytes(b'b', 1000);
    other.sends(&others);
    echoes.run_on(deed);
    other.expect(deed, &others);
}

#[test]
fn a_busy_client_lets_others_have_their_turn() {
    let (busy, other) = (Line::new(PLENTY), Line::new(PLENTY));
    let mut echoes = Echoes::new(&[busy.clone(), other.clone()]);
    busy.sends(&bytes(b'a', PLENTY));
    echoes.run();
    // Both can go on now, and the busy one begins.
    busy.set(|ends| {
        ends.written.clear();
        (ends.read, ends.room) = (0, PLENTY);
    });
    other.sends(b"hello");
    echoes.runtime.block_on(async {
        while other.ends().written.is_empty() && busy.ends().read < PLENTY {
            yield_now().await;
        }
    });
    let read = busy.ends().read;
    assert!(
        read < PLENTY,
        "a client has {PLENTY} bytes to send, and always room; another one \
         sends \"hello\" at the same time, and got no answer before all of the \
         first one's were echoed"
    );
}

#[test]
fn no_more_is_read_than_is_written() {
    const READ_ENOUGH: usize = 64 * 1024;
    let deed = format!("a client sends {PLENTY} bytes, and has no room");
    let line = Line::new(0);
    let mut echoes = Echoes::new(std::slice::from_ref(&line));
    line.sends(&bytes(b'a', PLENTY));
    echoes.run_on(&deed);
    let read = line.ends().read;
    assert!(
        read <= READ_ENOUGH,
        "{deed}; {read} bytes were read, and somebody must keep them\n \
         {READ_ENOUGH} are enough"
    );
}

#[test]
fn errors_are_returned() {
    let kind = io::ErrorKind::ConnectionReset;
    for sent in [&b""[..], b"hello"] {
        let deed = match sent {
            [] => "a client waits, and its connection breaks",
            _ => {
                "a client sends \"hello\", has no room, and its connection \
                 breaks"
            }
        };
        let line = Line::new(0);
        let mut echoes = Echoes::new(std::slice::from_ref(&line));
        line.sends(sent);
        echoes.run_on(deed);
        line.set(|ends| ends.broken = Some(kind));
        let ended = echoes.run();
        assert!(
            matches!(&ended, Some(Err(error)) if error.kind() == kind),
            "{deed}; `echo` should return that error, and got {ended:?}"
        );
    }
}

#[track_caller]
fn assert_kept(deed: &str, kept: i64, most: i64) {
    let clients = IDLE_CLIENTS as i64;
    assert!(
        kept <= most * clients,
        "{deed}\n {} bytes are kept for each of them, beside its future\n \
         {most} will do",
        kept / clients
    );
}

#[test]
fn the_future_is_small() {
    let size = size_of_val(&echo(Line::new(0)));
    assert!(
        size <= LARGEST_FUTURE,
        "the future of `echo` has {size} bytes, beside what it points to, and \
         {LARGEST_FUTURE} will do"
    );
}

#[test]
fn an_idle_client_keeps_no_memory() {
    let lines = lines(PLENTY);
    let mut echoes = Echoes::new(&lines);
    let deed = format!("{IDLE_CLIENTS} clients are connected, and say nothing");
    let kept = echoes.run_measured(&deed).bytes_current;
    assert_kept(&deed, kept, 0);
    lines.iter().for_each(|line| line.sends(&[b'a'; 5000]));
    let deed =
        format!("{IDLE_CLIENTS} clients have their answers, and say no more");
    let kept = kept + echoes.run_measured(&deed).bytes_current;
    lines[0].expect(&deed, &[b'a'; 5000]);
    assert_kept(&deed, kept, 0);
}

#[test]
fn an_echo_takes_no_memory_anew() {
    let deed =
        format!("{IDLE_CLIENTS} clients send \"hello\", and have room for it");
    let lines = lines(PLENTY);
    let mut echoes = Echoes::new(&lines);
    lines.iter().for_each(|line| line.sends(b"hello"));
    echoes.run_on(&deed);
    lines.iter().for_each(|line| line.sends(b"again"));
    let count = echoes.run_measured(&deed).count_total;
    lines[0].expect(&deed, b"helloagain");
    // The runtime itself takes some, and not for each client.
    assert!(
        count < IDLE_CLIENTS as u64 / 2,
        "{deed}\n there were {count} allocations, and none is needed"
    );
}

#[test]
fn a_slow_client_keeps_only_what_is_left() {
    let deed = format!(
        "{IDLE_CLIENTS} clients send 4000 bytes each, and have room for 3900"
    );
    let lines = lines(3900);
    let mut echoes = Echoes::new(&lines);
    lines.iter().for_each(|line| line.sends(&[b'a'; 4000]));
    let kept = echoes.run_measured(&deed).bytes_current;
    lines[0].expect(&deed, &[b'a'; 3900]);
    assert_kept(&deed, kept, 256);
}

#[test]
fn after_a_slow_answer_nothing_is_kept() {
    let deed = format!(
        "{IDLE_CLIENTS} clients send 4000 bytes each, and have room only \
         later; now they have their answers"
    );
    let lines = lines(0);
    let mut echoes = Echoes::new(&lines);
    lines.iter().for_each(|line| line.sends(&[b'a'; 4000]));
    let mut kept = echoes.run_measured(&deed).bytes_current;
    lines.iter().for_each(|line| line.has_room(PLENTY));
    kept += echoes.run_measured(&deed).bytes_current;
    lines[0].expect(&deed, &[b'a'; 4000]);
    assert_kept(&deed, kept, 0);
}

#[tokio::test]
async fn with_a_real_socket_it_is_small_too() {
    let (listener, addr) = listen().await;
    let connecting = within("a connection", TcpStream::connect(addr)).await;
    let socket = connecting.expect("nobody listens");
    let size = size_of_val(&echo(socket));
    drop(listener);
    assert!(
        size <= LARGEST_FUTURE,
        "the future of `echo` has {size} bytes with a socket of tokio's, \
         beside what it points to, and {LARGEST_FUTURE} will do"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_clients_are_echoed() {
    let server = Server::start(async |listener| {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(echo(socket));
        }
    })
    .await;
    let mut first = server.connect().await;
    let mut other = server.connect().await;
    first.ask("hello", "hello").await;
    other.ask("you, too", "you, too").await;
    first.send(bytes(b'a', 50_000)).await;
    first.finish().await;
    first.expect(bytes(b'a', 50_000)).await;
    first.expect_end().await;
    other.ask("still here", "still here").await;
}
