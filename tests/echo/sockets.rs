use std::{
    cell::Cell,
    future::{pending, poll_fn},
    io::{self, Read, Write},
    net::Shutdown,
    pin::pin,
    sync::{
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::{Context, Waker},
    thread,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
    sync::oneshot,
    task,
};

use crate::support::{DEADLINE, Server, assert_echo, command, within};

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// A client's socket, and the one that the server has accepted.
async fn connected() -> (TcpStream, TcpStream) {
    let listener = listen().await;
    let connecting = TcpStream::connect(listener.local_addr().unwrap());
    let client = within("a connection", connecting).await.unwrap();
    let (socket, _) = within("a client", listener.accept()).await.unwrap();
    (client, socket)
}

/// The standard library's sockets, as in the smallest server.
#[test]
fn read_returns_zero_when_the_client_will_send_no_more() -> io::Result<()> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let mut client = std::net::TcpStream::connect(listener.local_addr()?)?;
    let (mut socket, _) = listener.accept()?;
    socket.set_read_timeout(Some(DEADLINE))?;
    client.set_read_timeout(Some(DEADLINE))?;
    client.write_all(b"last words")?;
    client.shutdown(Shutdown::Write)?;

    let (mut buffer, mut got) = ([0; 4], Vec::new());
    loop {
        let length = socket.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        got.extend_from_slice(&buffer[..length]);
    }
    assert_eq!(got, b"last words");

    // No more from the client; the other way is open.
    socket.write_all(b"an answer")?;
    drop(socket);
    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    assert_eq!(answer, "an answer");
    Ok(())
}

#[tokio::test]
async fn whoever_is_not_yet_accepted_is_connected_and_can_send() {
    let listener = listen().await;
    let connecting = TcpStream::connect(listener.local_addr().unwrap());
    let mut client = within("a connection", connecting).await.unwrap();
    within("room to write", client.write_all(b"hej"))
        .await
        .unwrap();

    let (mut socket, peer) =
        within("the client", listener.accept()).await.unwrap();
    assert_eq!(peer, client.local_addr().unwrap());
    let mut word = [0; 3];
    let reading = socket.read_exact(&mut word);
    within("its word", reading).await.unwrap();
    assert_eq!(&word, b"hej");
}

#[tokio::test]
async fn however_a_task_ends_its_socket_is_closed() {
    for ending in ["return", "panic", "abort"] {
        let (mut client, socket) = connected().await;
        let (begun, begins) = oneshot::channel();
        let task = tokio::spawn(async move {
            let _owned = socket;
            begun.send(()).unwrap();
            match ending {
                "return" => {}
                "panic" => panic!("on purpose"),
                _ => pending().await,
            }
        });
        within("the task", begins).await.unwrap();
        if ending == "abort" {
            task.abort();
        }
        let end = client.read_u8();
        let error = within(ending, end).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{ending}");
    }
}

/// The loop of step 1.
#[tokio::test]
async fn who_is_accepted_and_not_kept_is_closed_at_once() {
    let listener = listen().await;
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (_socket, _peer) = listener.accept().await.unwrap();
        }
    });
    for _ in 0..3 {
        let connecting = TcpStream::connect(addr);
        let mut client = within("a connection", connecting).await.unwrap();
        let mut byte = [0; 1];
        let end = within("the end", client.read(&mut byte)).await;
        assert_eq!(end.unwrap(), 0);
    }
}

/// On a thread of its own, and the only one of its runtime: if `accept` held
/// it up, nothing on it could say so.
#[test]
fn an_accept_that_waits_lets_the_others_run() {
    let (done, seen) = mpsc::channel();
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(async {
            let listener = listen().await;
            let addr = listener.local_addr().unwrap();
            let accepting =
                tokio::spawn(async move { listener.accept().await });
            task::yield_now().await;
            let waits = !accepting.is_finished();

            let client = TcpStream::connect(addr).await.unwrap();
            let (_, peer) = accepting.await.unwrap().unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
            done.send(waits).unwrap();
        });
    });
    assert_eq!(seen.recv_timeout(DEADLINE), Ok(true));
}

#[tokio::test]
async fn a_read_brings_parts_or_several_and_no_more_than_fits() {
    let (mut client, mut socket) = connected().await;
    for message in ["one", "two", "three"] {
        client.write_all(message.as_bytes()).await.unwrap();
    }
    let all_there = async {
        while socket.peek(&mut [0; 16]).await.unwrap() < 11 {
            task::yield_now().await;
        }
    };
    within("all messages", all_there).await;

    let mut buffer = [0; 8];
    let length = within("a read", socket.read(&mut buffer)).await.unwrap();
    assert_eq!(&buffer[..length], b"onetwoth");
    let length = within("a read", socket.read(&mut buffer)).await.unwrap();
    assert_eq!(&buffer[..length], b"ree");
}

#[tokio::test]
async fn a_write_may_send_only_a_part_and_returns_how_much() {
    let (mut late, mut socket) = connected().await;
    // More than the kernel's buffers hold.
    let much = vec![0; 256 << 20];
    let length = within("a write", socket.write(&much)).await.unwrap();
    assert!(0 < length && length < much.len(), "{length} bytes");
    drop(socket);

    let mut arrived = Vec::new();
    let reading = late.read_to_end(&mut arrived);
    assert_eq!(within("the end", reading).await.unwrap(), length);
}

/// An echo server's round, with a fault: it ignores what `write` returns.
async fn careless_round(socket: &mut DuplexStream) {
    let mut buffer = [0; 8];
    let length = socket.read(&mut buffer).await.unwrap();
    let _ignored: io::Result<usize> = socket.write(&buffer[..length]).await;
}

/// A way with room for ten bytes stands for the kernel's buffers.
#[tokio::test]
async fn who_ignores_what_write_returns_loses_bytes_if_the_client_reads_late() {
    for reads_late in [false, true] {
        let (mut client, mut socket) = tokio::io::duplex(10);
        let mut got = Vec::new();
        for _ in 0..2 {
            client.write_all(b"8 bytes.").await.unwrap();
            within("a round", careless_round(&mut socket)).await;
            if !reads_late {
                let mut echo = [0; 8];
                let reading = client.read_exact(&mut echo);
                within("the echo", reading).await.unwrap();
                got.extend_from_slice(&echo);
            }
        }
        drop(socket);
        let rest = client.read_to_end(&mut got);
        within("the rest", rest).await.unwrap();
        assert_eq!(got.len(), if reads_late { 10 } else { 16 });
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_that_broke_in_the_queue_has_no_peer_and_fails_at_once() {
    let listener = listen().await;
    let connecting = TcpStream::connect(listener.local_addr().unwrap());
    let client = within("a connection", connecting).await.unwrap();
    client.set_zero_linger().unwrap();
    drop(client);

    let (mut socket, _) = within("it", listener.accept()).await.unwrap();
    let error = socket.peer_addr().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotConnected, "{error}");
    let error = within("a read", socket.read_u8()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{error}");
}

/// Other addresses of the same machine stand for the network.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_server_listens_at_one_address_of_the_machine_alone() {
    let server = Server::start().await;
    assert_echo(&mut server.connect().await, b"hello").await;
    let elsewhere = TcpStream::connect(("127.0.0.2", server.addr().port()));
    let error = within("a refusal", elsewhere).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused, "{error}");
    server.stop().await;
}

#[tokio::test]
async fn the_log_shows_every_byte_in_plain_letters() {
    let mut server = Server::start().await;
    let mut client = server.connect().await;
    let all: Vec<u8> = (0..=255).collect();
    assert_echo(&mut client, &all).await;
    assert_echo(&mut client, "\n \x1b[31m \" \\ é".as_bytes()).await;
    drop(client);
    let packets = server.packets().await;
    assert!(packets.bytes().all(|byte| matches!(byte, b' '..=b'~')));
    assert!(packets.starts_with(r"\x00\x01\x02"), "{packets}");
    let end = r#"\n \x1b[31m \" \\ \xc3\xa9"#;
    assert!(packets.ends_with(end), "{packets}");
    server.stop().await;
}

/// The number of the task that serves the first client of the server, on a
/// runtime with so many threads.
async fn first_number(threads: usize) -> usize {
    let mut command = command("server");
    command.env("TOKIO_WORKER_THREADS", threads.to_string());
    let mut server = Server::spawn(command.arg("0")).await;
    let _client = server.connect().await;
    let line = server.line("Got connection").await;
    server.stop().await;
    let number = line.strip_prefix("Task ").unwrap().split_once(':');
    number.unwrap().0.parse().unwrap()
}

#[tokio::test]
async fn each_thread_of_the_runtime_takes_one_of_the_first_numbers() {
    let (one, six) = (first_number(1).await, first_number(6).await);
    assert_eq!(six - one, 5);
}

#[test]
fn a_runtime_has_a_thread_for_each_core() {
    if std::env::var_os("TOKIO_WORKER_THREADS").is_some() {
        return;
    }
    let cores = thread::available_parallelism().unwrap().get();
    let runtime = Runtime::new().unwrap();
    assert_eq!(runtime.metrics().num_workers(), cores);
}

#[tokio::test]
async fn the_number_is_that_of_the_task_that_asks_for_it() {
    let one = tokio::spawn(async { task::id() });
    let other = tokio::spawn(async { task::id() });
    let (first, second) = (one.id(), other.id());
    assert_ne!(first, second);
    assert_eq!(within("a number", one).await.unwrap(), first);
    assert_eq!(within("a number", other).await.unwrap(), second);
}

#[tokio::test]
async fn what_a_task_returns_goes_to_the_holder_of_its_handle() {
    let task = tokio::spawn(async { Err::<(), _>("an error") });
    let result = within("the task's end", task).await;
    assert_eq!(result.unwrap(), Err("an error"));
}

#[test]
fn when_main_ends_its_tasks_end_with_it() {
    #[tokio::main]
    async fn main_of_a_program(owned: oneshot::Sender<()>) {
        tokio::spawn(async move {
            let _owned = owned;
            pending::<()>().await;
        });
    }

    let (owned, mut dropped) = oneshot::channel();
    main_of_a_program(owned);
    let end = dropped.try_recv();
    assert_eq!(end, Err(oneshot::error::TryRecvError::Closed));
}

/// It is asked once, at its beginning, however much the others do.
#[tokio::test]
async fn a_task_that_waits_for_the_network_is_not_run() {
    static TURNS: AtomicUsize = AtomicUsize::new(0);
    let (mut client, mut socket) = connected().await;
    let waiting = tokio::spawn(async move {
        let mut reading = pin!(socket.read_u8());
        poll_fn(|context| {
            TURNS.fetch_add(1, SeqCst);
            reading.as_mut().poll(context)
        })
        .await
    });

    let (mut busy, mut other) = connected().await;
    for _ in 0..1000 {
        busy.write_all(b"x").await.unwrap();
        within("a byte", other.read_u8()).await.unwrap();
    }
    assert_eq!(TURNS.load(SeqCst), 1);
    client.write_all(b"y").await.unwrap();
    let byte = within("its byte", waiting).await.unwrap();
    assert_eq!(byte.unwrap(), b'y');
}

#[test]
fn a_future_is_as_large_as_what_it_keeps_across_an_await() {
    const LARGE: usize = 4096;
    let fill = |buffer: &mut [u8; LARGE]| buffer.fill(1);
    let keeps = async {
        let mut buffer = [0; LARGE];
        task::yield_now().await;
        fill(&mut buffer);
    };
    let keeps_not = async {
        {
            let mut buffer = [0; LARGE];
            fill(&mut buffer);
        }
        task::yield_now().await;
    };
    let (large, small) = (size_of_val(&keeps), size_of_val(&keeps_not));
    assert!((LARGE..LARGE + 100).contains(&large), "{large} bytes");
    assert!(small < 100, "{small} bytes");
}

#[test]
fn a_future_that_nobody_continues_stays_where_it_is() {
    let went_on = Cell::new(false);
    let (go, wait) = oneshot::channel::<()>();
    let mut future = pin!(async {
        wait.await.unwrap();
        went_on.set(true);
    });
    let mut nobody = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut nobody).is_pending());
    go.send(()).unwrap();
    assert!(!went_on.get(), "it went on by itself");
    assert!(future.as_mut().poll(&mut nobody).is_ready());
    assert!(went_on.get());
}

#[tokio::test]
async fn in_a_box_an_async_function_can_await_itself() {
    async fn count_down(rounds: u32) -> u32 {
        match rounds {
            0 => 0,
            _ => 1 + Box::pin(count_down(rounds - 1)).await,
        }
    }
    assert_eq!(count_down(100).await, 100);
}
