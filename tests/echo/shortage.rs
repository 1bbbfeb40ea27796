use std::time::{Duration, Instant};

use tokio::{
    io::AsyncReadExt, io::AsyncWriteExt, net::TcpStream, process::Command, time,
};

use crate::support::{Server, assert_echo, program, within};

/// Enough files for the server and a few clients.
const FILES: usize = 20;

/// The server's own pause, a little shortened: clocks are not that exact.
const PAUSE: Duration = Duration::from_millis(190);

async fn start_with_few_files() -> Server {
    let script = format!("ulimit -n {FILES} && exec \"$0\" 0");
    start("sh", &script).await
}

async fn start(shell: &str, script: &str) -> Server {
    let mut command = Command::new(shell);
    command
        .args(["-c", script])
        .arg(program("server"))
        .kill_on_drop(true);
    Server::spawn(&mut command).await
}

/// More clients than the server has files for, each with a word to say.
async fn crowd(server: &Server) -> Vec<TcpStream> {
    crowd_of(server, FILES).await
}

/// So many clients, each with a word to say.
pub async fn crowd_of(server: &Server, count: usize) -> Vec<TcpStream> {
    let mut clients = Vec::new();
    for _ in 0..count {
        let mut client = server.connect().await;
        client.write_all(b"hello").await.unwrap();
        clients.push(client);
    }
    clients
}

pub async fn read_hello(client: &mut TcpStream) {
    let mut echo = [0; 5];
    let reading = client.read_exact(&mut echo);
    within("an echo", reading).await.unwrap();
    assert_eq!(&echo, b"hello");
}

#[tokio::test]
async fn a_server_without_free_files_waits_and_recovers() {
    let mut server = start_with_few_files().await;
    let mut clients = crowd(&server).await;
    server.line("Too many open files").await;

    // Clients wait in the kernel's queue, in order. As soon as one leaves, the
    // next is served.
    for mut client in clients.drain(..) {
        read_hello(&mut client).await;
    }
    assert_echo(&mut server.connect().await, b"a new one").await;
    assert!(server.is_running());
    server.stop().await;
}

#[tokio::test]
async fn a_server_without_free_files_does_not_spin() {
    let mut server = start_with_few_files().await;
    let start = Instant::now();
    let _clients = crowd(&server).await;
    for _ in 0..6 {
        server.line("Too many open files").await;
    }
    let took = start.elapsed();
    assert!(took > 5 * PAUSE, "tried 6 times in {took:?}");
    server.stop().await;
}

/// It breaks off while it waits in the queue, so the server accepts a
/// connection that has no other end any more.
#[tokio::test]
async fn a_client_that_broke_off_in_the_queue_is_passed_over() {
    let mut server = start_with_few_files().await;
    let mut clients = crowd(&server).await;
    server.line("Too many open files").await;
    let last = clients.pop().unwrap();
    last.set_zero_linger().unwrap();
    drop(last);
    drop(clients);

    server.line("Got connection, peer unknown").await;
    assert_echo(&mut server.connect().await, b"a new one").await;
    server.stop().await;
}

/// What the page has its readers try.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn with_eleven_files_the_second_client_waits_for_the_first() {
    // Whoever runs the tests may have handed on open files of their own.
    let script = "for file in /proc/$$/fd/*; do
            file=${file##*/}
            if ((file > 2)); then eval \"exec $file>&-\"; fi
        done
        ulimit -n 11 && exec \"$0\" 0";
    let mut server = start("bash", script).await;
    let mut first = server.connect().await;
    assert_echo(&mut first, b"hello").await;
    // Nobody waits yet, and the server says so all the same.
    server.line("Too many open files").await;
    let mut second = server.connect().await;
    second.write_all(b"hello").await.unwrap();
    server.line("Too many open files").await;
    for _ in 0..100 {
        assert_echo(&mut first, b"still here").await;
    }
    let answer = time::timeout(Duration::ZERO, second.readable()).await;
    assert!(answer.is_err(), "the second client was answered");
    drop(first);
    read_hello(&mut second).await;
    server.stop().await;
}
