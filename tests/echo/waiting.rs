use std::{
    future::{pending, ready},
    io,
    net::SocketAddr,
    pin::pin,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc as std_mpsc,
    },
    thread,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, duplex},
    net::{TcpListener, TcpSocket, TcpStream},
    process::{Child, ChildStdout},
    runtime::{Builder, Runtime},
    select,
    sync::{
        AcquireError, OwnedSemaphorePermit, Semaphore,
        broadcast::{self, error::RecvError},
        mpsc, oneshot, watch,
    },
    task::{JoinHandle, JoinSet, spawn_blocking, yield_now},
    time::{self, error::Elapsed, interval, sleep},
};

use crate::support::{command, listening_at, within};

/// What must not happen does not happen in this time.
const MOMENT: Duration = Duration::from_millis(200);

const SECOND: Duration = Duration::from_secs(1);

/// Whether a task that is ready gets a turn while `first` runs, on one thread.
async fn gives_way(first: impl Future) -> bool {
    let second_ran = Arc::new(AtomicBool::new(false));
    let seen = second_ran.clone();
    tokio::spawn(async move { second_ran.store(true, SeqCst) });
    first.await;
    seen.load(SeqCst)
}

/// Looks at a future once, and drops it if it is not done.
async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    select! {
        biased;
        value = future => Some(value),
        () = ready(()) => None,
    }
}

fn two_threads() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

async fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let ours = within("a connection", TcpStream::connect(addr)).await;
    let theirs = within("a client", listener.accept()).await;
    (ours.unwrap(), theirs.unwrap().0)
}

/// A server whose log is in the hands of its test.
async fn serve(
    variables: &[(&str, &str)],
) -> (Child, BufReader<ChildStdout>, SocketAddr) {
    let mut command = command("server");
    command.arg("0").envs(variables.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut log = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    within("a line", log.read_line(&mut line)).await.unwrap();
    (child, log, listening_at(line.trim_end()))
}

// Turns.

#[tokio::test]
async fn an_await_that_need_not_wait_does_not_give_way() {
    let ready_a_hundred_times = async {
        for _ in 0..100 {
            ready(()).await;
        }
    };
    assert!(!gives_way(ready_a_hundred_times).await);
    assert!(gives_way(yield_now()).await);
}

#[tokio::test]
async fn a_channel_that_is_never_empty_gives_way_now_and_then() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    for number in 0..10_000 {
        sender.send(number).unwrap();
    }
    let read_some = async { receiver.recv().await };
    assert!(!gives_way(read_some).await);
    let read_the_rest = async { while receiver.recv().await != Some(9_999) {} };
    assert!(gives_way(read_the_rest).await);
}

#[tokio::test]
async fn a_socket_that_always_has_something_gives_way_now_and_then() {
    let (mut ours, mut theirs) = connection().await;
    ours.write_all(&[b'x'; 4096]).await.unwrap();
    let mut all = [0; 4096];
    while within("all of it", theirs.peek(&mut all)).await.unwrap() < 4096 {}
    let mut byte = [0];
    let read_one = async { theirs.read(&mut byte).await };
    assert!(!gives_way(read_one).await);
    let read_many = async {
        for _ in 0..4000 {
            theirs.read_exact(&mut [0]).await.unwrap();
        }
    };
    assert!(gives_way(read_many).await);
}

#[tokio::test]
async fn a_thread_that_sleeps_holds_up_its_tasks() {
    let thread_sleeps = async { thread::sleep(Duration::from_millis(10)) };
    assert!(!gives_way(thread_sleeps).await);
    assert!(gives_way(sleep(Duration::from_millis(10))).await);
}

/// The last one that a task has spawned is the one that its thread was going
/// to run next.
#[test]
fn other_threads_take_over_all_tasks_but_the_next() {
    let runtime = two_threads();
    let (done, ran) = std_mpsc::channel();
    let (go, wait) = std_mpsc::channel();
    runtime.spawn(async move {
        for number in 0..5 {
            let done = done.clone();
            tokio::spawn(async move { done.send(number).unwrap() });
        }
        // It computes, and gives way to nobody.
        wait.recv().unwrap();
    });
    let mut others: Vec<i32> = (0..4)
        .map(|_| ran.recv_timeout(30 * SECOND).unwrap())
        .collect();
    others.sort();
    assert_eq!(others, [0, 1, 2, 3]);
    assert!(ran.recv_timeout(MOMENT).is_err(), "the next was taken, too");
    go.send(()).unwrap();
    assert_eq!(ran.recv_timeout(30 * SECOND), Ok(4));
}

#[test]
fn when_as_many_tasks_compute_as_there_are_threads_all_stands_still() {
    let runtime = two_threads();
    let (begun, begins) = std_mpsc::channel();
    let computing = [(), ()].map(|()| {
        let begun = begun.clone();
        let (go, wait) = std_mpsc::channel::<()>();
        runtime.spawn(async move {
            begun.send("computing").unwrap();
            wait.recv().unwrap();
        });
        go
    });
    for _ in &computing {
        let word = begins.recv_timeout(30 * SECOND);
        assert_eq!(word, Ok("computing"));
    }
    runtime.spawn(async move { begun.send("my turn").unwrap() });
    assert!(begins.recv_timeout(MOMENT).is_err(), "somebody was served");
    computing[0].send(()).unwrap();
    assert_eq!(begins.recv_timeout(30 * SECOND), Ok("my turn"));
    computing[1].send(()).unwrap();
}

#[tokio::test]
async fn spawn_blocking_lends_a_thread_that_serves_no_tasks() {
    let (go, wait) = std_mpsc::channel();
    let handle = spawn_blocking(move || {
        (wait.recv_timeout(30 * SECOND), thread::current().id())
    });
    // The closure waits for a task that runs meanwhile.
    tokio::spawn(async move { go.send("meanwhile").unwrap() });
    let (word, lent) = within("the closure", handle).await.unwrap();
    assert_eq!(word, Ok("meanwhile"));
    assert_ne!(lent, thread::current().id());
}

/// A terminal that has been stopped with Ctrl-S does what this pipe does: it
/// takes no more. The server has one thread for its tasks.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_thread_whose_output_nobody_takes_serves_no_task() {
    let (child, mut log, addr) = serve(&[("TOKIO_WORKER_THREADS", "1")]).await;
    let mut loud = TcpStream::connect(addr).await.unwrap();
    let mut packet = [b'x'; 4096];
    while let Ok(Ok(_)) = time::timeout(MOMENT, async {
        loud.write_all(&packet).await?;
        loud.read_exact(&mut packet).await
    })
    .await
    {}
    // The loop that accepts prints nothing, and stands still all the same.
    let files = format!("/proc/{}/fd", child.id().unwrap());
    let files = || std::fs::read_dir(&files).unwrap().count();
    let before = files();
    let mut other = TcpStream::connect(addr).await.unwrap();
    other.write_all(b"hello").await.unwrap();
    let answer = time::timeout(MOMENT, other.readable()).await;
    assert!(answer.is_err(), "the other client was served");
    assert_eq!(files(), before, "the other client was accepted");
    tokio::spawn(async move { log.read_to_end(&mut Vec::new()).await });
    let reading = other.read_exact(&mut packet[..5]);
    within("the thread to go on", reading).await.unwrap();
}

/// `prlimit` leaves the server without a free file, so that the loop has an
/// error to print, and nobody reads it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_panic_of_the_loop_that_accepts_ends_the_server() {
    let (child, log, addr) = serve(&[]).await;
    drop(log);
    let id = child.id().unwrap().to_string();
    let mut prlimit = tokio::process::Command::new("prlimit");
    let limiting = prlimit.args(["--nofile=3", "--pid", &id]).status();
    assert!(limiting.await.unwrap().success());

    // It may end before this client has seen its connection.
    let _client = TcpStream::connect(addr).await;
    let ending = child.wait_with_output();
    let output = within("the server's end", ending).await.unwrap();
    assert!(!output.status.success());
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("failed printing to stdout"), "{errors}");
}

// Tasks and what they share.

#[tokio::test]
async fn a_task_outlives_the_function_that_spawned_it() {
    fn spawn_and_return(wait: oneshot::Receiver<i32>) -> JoinHandle<i32> {
        let own = 1;
        tokio::spawn(async move { own + wait.await.unwrap() })
    }
    let (go, wait) = oneshot::channel();
    let task = spawn_and_return(wait);
    go.send(2).unwrap();
    assert_eq!(within("the task", task).await.unwrap(), 3);
}

/// Without `io::Result` it does not compile: see `code/compile_fail`.
#[tokio::test]
async fn a_block_that_names_its_error_can_use_the_question_mark() {
    let block = async {
        TcpListener::bind("127.0.0.1:0").await?;
        Err(io::Error::other("on purpose"))?;
        io::Result::Ok(())
    };
    let error = within("the block", block).await.unwrap_err();
    assert_eq!(error.to_string(), "on purpose");
}

#[tokio::test]
async fn the_holder_of_the_handle_hears_of_a_value_or_of_an_abort() {
    let task = tokio::spawn(async { 3 });
    assert_eq!(within("a value", task).await.unwrap(), 3);
    let task = tokio::spawn(pending::<()>());
    task.abort();
    let error = within("an end", task).await.unwrap_err();
    assert!(error.is_cancelled());
}

#[test]
fn the_last_hold_that_goes_frees_the_value() {
    let (value, freed) = std_mpsc::channel::<()>();
    let hold = Arc::new(value);
    let other = Arc::clone(&hold);
    assert!(std::ptr::eq(&*hold, &*other), "one value, and no copy");
    assert_eq!(Arc::strong_count(&hold), 2);
    drop(hold);
    assert_eq!(freed.try_recv(), Err(std_mpsc::TryRecvError::Empty));
    drop(other);
    assert_eq!(freed.try_recv(), Err(std_mpsc::TryRecvError::Disconnected));
}

#[tokio::test]
async fn join_all_waits_for_all_and_join_next_for_whichever_is_next() {
    let (mut goes, mut tasks) = (Vec::new(), JoinSet::new());
    for number in 0..3 {
        let (go, wait) = oneshot::channel::<()>();
        goes.push(go);
        tasks.spawn(async move {
            wait.await.unwrap();
            number
        });
    }
    goes.remove(1).send(()).unwrap();
    let next = within("one of them", tasks.join_next()).await;
    assert_eq!(next.unwrap().unwrap(), 1);
    let last = goes.pop().unwrap();
    goes.pop().unwrap().send(()).unwrap();
    let mut all = pin!(tasks.join_all());
    for _ in 0..100 {
        assert_eq!(at_once(&mut all).await, None, "one is left");
        yield_now().await;
    }
    last.send(()).unwrap();
    let mut numbers = within("all of them", all).await;
    numbers.sort();
    assert_eq!(numbers, [0, 2]);
}

#[tokio::test]
async fn dropping_the_set_aborts_the_tasks_that_are_left() {
    let (owned, dropped) = oneshot::channel::<()>();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let _owned = owned;
        pending::<()>().await;
    });
    yield_now().await;
    drop(tasks);
    within("the drop", dropped).await.unwrap_err();
}

// Channels.

#[tokio::test]
async fn a_channel_gives_out_its_oldest_message() {
    let (sender, mut receiver) = mpsc::channel(8);
    for word in ["first", "second", "third"] {
        sender.send(word).await.unwrap();
    }
    for word in ["first", "second", "third"] {
        assert_eq!(within("a word", receiver.recv()).await, Some(word));
    }
}

#[tokio::test]
async fn send_waits_when_the_channel_is_full() {
    let (sender, mut receiver) = mpsc::channel(8);
    for number in 0..8 {
        assert_eq!(at_once(sender.send(number)).await, Some(Ok(())));
    }
    let mut ninth = pin!(sender.send(8));
    assert_eq!(at_once(&mut ninth).await, None);
    assert_eq!(receiver.recv().await, Some(0));
    within("room", ninth).await.unwrap();
}

#[tokio::test]
async fn an_unbounded_channel_grows_instead() {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    for number in 0..100_000 {
        sender.send(number).unwrap();
    }
    assert_eq!(receiver.len(), 100_000);
    assert_eq!(receiver.recv().await, Some(0));
}

#[tokio::test]
async fn recv_waits_as_long_as_a_sender_is_left() {
    let (sender, mut receiver) = mpsc::channel(8);
    let other = sender.clone();
    other.send("the last word").await.unwrap();
    drop(other);
    assert_eq!(receiver.recv().await, Some("the last word"));
    for _ in 0..100 {
        assert_eq!(at_once(receiver.recv()).await, None, "a sender is left");
        yield_now().await;
    }
    sender.send("one more").await.unwrap();
    drop(sender);
    assert_eq!(receiver.recv().await, Some("one more"));
    assert_eq!(within("the end", receiver.recv()).await, None);
}

#[tokio::test]
async fn every_receiver_gets_what_is_sent_after_it_subscribed() {
    let (sender, mut early) = broadcast::channel(8);
    sender.send("before").unwrap();
    let mut late = sender.subscribe();
    sender.send("after").unwrap();
    assert_eq!(early.recv().await, Ok("before"));
    assert_eq!(early.recv().await, Ok("after"));
    assert_eq!(within("a word", late.recv()).await, Ok("after"));
}

#[tokio::test]
async fn a_receiver_too_far_behind_is_told_how_much_it_lost() {
    let (sender, mut sleeper) = broadcast::channel(8);
    let mut awake = sender.subscribe();
    for number in 0..8 {
        sender.send(number).unwrap();
        assert_eq!(awake.recv().await, Ok(number));
    }
    // Eight are kept, so the sleeper has lost none yet.
    assert_eq!(sleeper.recv().await, Ok(0));
    for number in 8..18 {
        // It is no future: nobody can wait for it.
        sender.send(number).unwrap();
        assert_eq!(awake.recv().await, Ok(number));
    }
    assert_eq!(sender.len(), 8);
    assert_eq!(sleeper.recv().await, Err(RecvError::Lagged(9)));
    assert_eq!(sleeper.recv().await, Ok(10));
}

#[tokio::test]
async fn a_oneshot_gives_one_answer_and_a_watch_the_newest_value() {
    let (sender, receiver) = oneshot::channel();
    sender.send("an answer").unwrap();
    assert_eq!(within("it", receiver).await, Ok("an answer"));

    let (sender, mut receiver) = watch::channel("old");
    sender.send("newer").unwrap();
    sender.send("newest").unwrap();
    within("a change", receiver.changed()).await.unwrap();
    assert_eq!(*receiver.borrow_and_update(), "newest");
    assert!(!receiver.has_changed().unwrap());
}

// Places.

async fn one_place(places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    let place = Arc::clone(places).acquire_owned();
    within("a place", place).await.unwrap()
}

#[tokio::test]
async fn a_place_is_waited_for_until_one_is_free() {
    let places = Arc::new(Semaphore::new(2));
    let first = one_place(&places).await;
    let _second = one_place(&places).await;
    let mut third = pin!(Arc::clone(&places).acquire_owned());
    for _ in 0..100 {
        assert!(at_once(&mut third).await.is_none(), "none is free");
        yield_now().await;
    }
    drop(first);
    drop(within("a place", third).await.unwrap());
}

#[tokio::test]
async fn a_place_is_given_back_however_the_task_ends() {
    let places = Arc::new(Semaphore::new(1));
    let place = one_place(&places).await;
    tokio::spawn(async move { drop(place) });

    let place = one_place(&places).await;
    tokio::spawn(async move {
        let _place = place;
        panic!("on purpose");
    });

    let place = one_place(&places).await;
    let task = tokio::spawn(async move {
        let _place = place;
        pending::<()>().await;
    });
    yield_now().await;
    assert_eq!(places.available_permits(), 0);
    task.abort();
    drop(one_place(&places).await);
}

#[tokio::test]
async fn who_waits_for_a_closed_semaphore_gets_an_error() {
    async fn in_a_function_of_io(places: Arc<Semaphore>) -> io::Result<()> {
        let place = places.acquire_owned();
        place.await.map_err(io::Error::other).map(drop)
    }
    let places = Arc::new(Semaphore::new(1));
    in_a_function_of_io(places.clone()).await.unwrap();
    places.close();
    let error = in_a_function_of_io(places).await.unwrap_err();
    assert!(error.get_ref().unwrap().is::<AcquireError>());
}

// Choices.

#[tokio::test]
async fn a_choice_takes_the_first_and_drops_the_others() {
    let (owned, mut dropped) = oneshot::channel::<()>();
    let begun = AtomicBool::new(false);
    let never = async {
        let _owned = owned;
        begun.store(true, SeqCst);
        pending().await
    };
    let turn = select! {
        () = never => "never",
        () = yield_now() => "first",
    };
    assert_eq!(turn, "first");
    assert!(begun.load(SeqCst), "it was in the middle of it");
    let end = dropped.try_recv();
    assert_eq!(end, Err(oneshot::error::TryRecvError::Closed));
}

#[tokio::test]
async fn a_read_or_an_accept_that_lost_a_choice_has_taken_nothing() {
    let (mut ours, mut theirs) = connection().await;
    let mut buffer = [0; 8];
    assert!(at_once(theirs.read(&mut buffer)).await.is_none());
    ours.write_all(b"whole").await.unwrap();
    drop(ours);
    let mut all = Vec::new();
    let reading = theirs.read_to_end(&mut all);
    within("all of it", reading).await.unwrap();
    assert_eq!(all, b"whole");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    assert!(at_once(listener.accept()).await.is_none());
    let addr = listener.local_addr().unwrap();
    let client = TcpStream::connect(addr).await.unwrap();
    let (_, peer) = within("it", listener.accept()).await.unwrap();
    assert_eq!(peer, client.local_addr().unwrap());
}

#[tokio::test]
async fn a_write_all_that_lost_a_choice_has_sent_a_part() {
    let (mut ours, mut theirs) = duplex(4);
    assert!(at_once(ours.write_all(b"whole")).await.is_none());
    drop(ours);
    let mut sent = String::new();
    theirs.read_to_string(&mut sent).await.unwrap();
    assert_eq!(sent, "whol");
}

#[tokio::test]
async fn a_read_line_that_lost_a_choice_forgets_what_it_has_read() {
    let (mut ours, theirs) = duplex(64);
    let mut theirs = BufReader::new(theirs);
    let mut line = String::new();
    ours.write_all(b"hel").await.unwrap();
    assert!(at_once(theirs.read_line(&mut line)).await.is_none());
    ours.write_all(b"lo\n").await.unwrap();
    within("a line", theirs.read_line(&mut line)).await.unwrap();
    assert_eq!(line, "lo\n");
}

#[tokio::test]
async fn an_arm_whose_condition_does_not_hold_is_left_out() {
    for full in [true, false] {
        let taken = select! {
            biased;
            () = ready(()), if !full => "a line",
            () = yield_now() => "something else",
        };
        let wanted = if full { "something else" } else { "a line" };
        assert_eq!(taken, wanted);
    }
}

#[tokio::test]
async fn the_pattern_of_an_arm_gets_what_the_future_gives() {
    async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
        select! {
            client = listener.accept() => Ok(client?.0),
            () = pending() => unreachable!(),
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let ours = TcpStream::connect(addr).await.unwrap();
    let theirs = within("a client", accept(&listener)).await.unwrap();
    assert_eq!(theirs.peer_addr().unwrap(), ours.local_addr().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_timeout_gives_the_value_or_says_that_the_time_is_over() {
    let quick = time::timeout(5 * SECOND, async {
        sleep(SECOND).await;
        "in time"
    });
    assert_eq!(quick.await, Ok("in time"));
    let start = time::Instant::now();
    let never = time::timeout(5 * SECOND, pending::<()>()).await;
    let Elapsed { .. } = never.unwrap_err();
    assert!(start.elapsed() >= 5 * SECOND);
}

// Futures that stay put.

/// Time passes only when everybody waits. The limit is a hundred visits.
async fn closes_after(anew_in_each_round: bool) -> Option<Duration> {
    let start = time::Instant::now();
    let mut visits = interval(2 * SECOND);
    let mut closing = pin!(sleep(5 * SECOND));
    for _ in 0..100 {
        if anew_in_each_round {
            closing.set(sleep(5 * SECOND));
        }
        select! {
            () = &mut closing => return Some(start.elapsed()),
            _ = visits.tick() => {}
        }
    }
    None
}

#[tokio::test(start_paused = true)]
async fn a_sleep_that_stays_ends_and_one_made_anew_never_does() {
    let closed = closes_after(false).await.expect("it closes");
    assert_eq!(closed.as_secs(), 5);
    assert_eq!(closes_after(true).await, None);
}

#[tokio::test(start_paused = true)]
async fn an_interval_ticks_at_once_and_then_regularly() {
    let start = time::Instant::now();
    let mut visits = interval(2 * SECOND);
    for seconds in [0, 2, 4, 6] {
        visits.tick().await;
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}

#[test]
fn numbers_strings_and_sockets_can_be_moved_at_any_time() {
    fn is_unpin<T: Unpin>() {}
    is_unpin::<u64>();
    is_unpin::<String>();
    is_unpin::<TcpStream>();
    is_unpin::<TcpListener>();
}

// What the operating system does on Linux.

/// The first to close keeps the address, and `TcpListener::bind` gets it
/// nevertheless.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_address_is_in_use_for_who_does_not_ask_to_reuse_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(addr).await.unwrap();
    let (socket, _) = within("a client", listener.accept()).await.unwrap();
    drop((socket, listener));
    let mut byte = [0];
    let reading = client.read(&mut byte);
    assert_eq!(within("the end", reading).await.unwrap(), 0);
    drop(client);

    let forgets = TcpSocket::new_v4().unwrap();
    let error = forgets.bind(addr).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    TcpListener::bind(addr).await.unwrap();
}
