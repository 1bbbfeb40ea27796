use std::{future::ready, sync::mpsc as std_mpsc, thread, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    task::{spawn_blocking, yield_now},
    time::{self, sleep},
};

use crate::support::within;

use super::{MOMENT, SECOND, connection, gives_way, serve, two_threads};

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
