use std::{
    collections::BTreeSet,
    future::pending,
    io,
    net::SocketAddr,
    pin::pin,
    process::{ExitCode, Termination},
    sync::mpsc,
    thread,
    time::Duration,
};

use echo::{
    client::Client,
    server::{self, DEFAULT_PORT},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    sync::oneshot,
    task::{self, JoinHandle},
    time,
};

use crate::support::{
    DEADLINE, Server, assert_same, nobody_listens, noise, within,
};

/// Time enough for a client that is content with too little to show it.
const A_MOMENT: Duration = Duration::from_millis(100);

/// The length of a message that no buffers hold.
const LENGTH: usize = 128 << 20;

/// Nothing has moved for so long: the way is full.
const STANDSTILL: Duration = Duration::from_millis(300);

/// A listener in place of the server, for a peer that misbehaves.
async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

#[tokio::test]
async fn replies_are_exactly_what_was_sent() {
    let server = Server::start().await;
    let mut client = Client::connect(server.addr()).await.unwrap();
    for length in [0, 1, 4095, 4096, 4097, 100_000] {
        let message = noise(length, length as u64);
        let reply = within("a reply", client.send(&message)).await.unwrap();
        assert_same(&reply, &message);
    }
    client.close().await.unwrap();
    server.stop().await;
}

/// More than all buffers on the way hold. A client that sent the whole message
/// before it read the first byte of the reply would wait for ever.
#[tokio::test]
async fn a_message_larger_than_all_buffers_comes_back() {
    let server = Server::start().await;
    let mut client = Client::connect(server.addr()).await.unwrap();
    let message = vec![b'x'; LENGTH];
    let reply = within("the reply", client.send(&message)).await.unwrap();
    assert!(reply == message, "all of it comes back");
    server.stop().await;
}

/// TCP may deliver a reply in pieces: one read is not enough.
#[tokio::test]
async fn a_reply_in_pieces_is_put_together() {
    let listener = listen().await;
    let addr = listener.local_addr().unwrap();
    let (half_sent, half) = oneshot::channel();
    let (release, released) = oneshot::channel();
    let peer = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        socket.read_exact(&mut [0; 5]).await.unwrap();
        socket.write_all(b"hel").await.unwrap();
        half_sent.send(()).unwrap();
        released.await.unwrap();
        socket.write_all(b"lo").await.unwrap();
    });

    let mut client = Client::connect(addr).await.unwrap();
    let mut sending = pin!(client.send(b"hello"));
    tokio::select! {
        _ = &mut sending => panic!("a reply before anything was sent"),
        sent = half => sent.unwrap(),
    }
    let early = time::timeout(A_MOMENT, &mut sending).await;
    assert!(early.is_err(), "{early:?} for half a reply");

    release.send(()).unwrap();
    let reply = within("the reply", sending).await.unwrap();
    assert_eq!(reply, b"hello");
    peer.await.unwrap();
}

#[tokio::test]
async fn a_server_that_leaves_early_is_an_error() {
    let listener = listen().await;
    let addr = listener.local_addr().unwrap();
    let peer = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.read_exact(&mut [0; 5]).await.unwrap();
        socket.write_all(b"hel").await.unwrap();
    });

    let mut client = Client::connect(addr).await.unwrap();
    let result = within("the end", client.send(b"hello")).await;
    assert_eq!(result.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    peer.await.unwrap();
}

#[tokio::test]
async fn connecting_to_nobody_is_an_error() {
    let (_socket, addr) = nobody_listens();
    let result = within("a refusal", Client::connect(addr)).await;
    let error = result.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn closing_a_broken_connection_is_no_error() {
    let listener = listen().await;
    let client = Client::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (socket, _) = listener.accept().await.unwrap();
    socket.set_zero_linger().unwrap();
    drop(socket);
    client.close().await.unwrap();
}

#[tokio::test]
async fn closing_is_seen_by_the_server() {
    let mut server = Server::start().await;
    let client = Client::connect(server.addr()).await.unwrap();
    client.close().await.unwrap();
    server.line("Connection closed").await;
    server.stop().await;
}

#[tokio::test]
async fn relay_drains_the_reply_before_it_returns() {
    let server = Server::start().await;
    let client = Client::connect(server.addr()).await.unwrap();
    let input = noise(300_000, 3);
    let mut output = Vec::new();
    let relaying = client.relay(&input[..], &mut output);
    within("the relay's end", relaying).await.unwrap();
    assert_same(&output, &input);
    server.stop().await;
}

#[tokio::test]
async fn relay_ends_when_the_server_closes_first() {
    let listener = listen().await;
    let client = Client::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (mut socket, _) = listener.accept().await.unwrap();
    socket.write_all(b"bye").await.unwrap();
    drop(socket);

    // Input that never comes to an end, like a terminal nobody types at.
    let (_typist, input) = tokio::io::duplex(1);
    let mut output = Vec::new();
    let relaying = client.relay(input, &mut output);
    within("the relay's end", relaying).await.unwrap();
    assert_eq!(output, b"bye");
}

/// The last words of a server must not be lost to an error of sending. They
/// are there before the client sends anything: with two processors, the reset
/// that answers it may overtake what is on its way.
#[tokio::test]
async fn relay_drains_the_reply_of_a_server_that_has_gone() {
    for _ in 0..100 {
        let listener = listen().await;
        let addr = listener.local_addr().unwrap();
        let client = Client::connect(addr).await.unwrap();
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"bye").await.unwrap();
        #[allow(deprecated, reason = "it blocks until the client has all")]
        socket.set_linger(Some(DEADLINE)).unwrap();
        // A signal would end the wait, such as the end of another test's
        // child.
        #[cfg(unix)]
        nix::sys::signal::SigSet::all().thread_block().unwrap();
        drop(socket);

        let mut output = Vec::new();
        let relaying = client.relay(&b"too late\n"[..], &mut output);
        within("the relay's end", relaying).await.unwrap();
        assert_eq!(output, b"bye");
    }
}

/// An error of the input is no fault of the connection, and ends the relay
/// even though the server still waits.
#[tokio::test]
async fn relay_reports_an_error_of_its_input() {
    let server = Server::start().await;
    let client = Client::connect(server.addr()).await.unwrap();
    let input = broken_input();
    let relaying = client.relay(input, tokio::io::sink());
    let error = within("the relay's end", relaying).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Other);
    server.stop().await;
}

/// An input whose first read fails.
fn broken_input() -> impl tokio::io::AsyncRead + Unpin {
    struct Broken;
    impl tokio::io::AsyncRead for Broken {
        fn poll_read(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context,
            _: &mut tokio::io::ReadBuf,
        ) -> std::task::Poll<io::Result<()>> {
            std::task::Poll::Ready(Err(io::Error::other("on purpose")))
        }
    }
    Broken
}

/// Nobody ever accepts this connection, and still all that the sender does is
/// a success.
#[tokio::test]
async fn what_was_sent_and_closed_need_not_have_arrived() {
    let listener = listen().await;
    let addr = listener.local_addr().unwrap();
    let mut socket = within("a connection", TcpStream::connect(addr))
        .await
        .unwrap();
    within("the sending", socket.write_all(b"hello"))
        .await
        .unwrap();
    within("the closing", socket.shutdown()).await.unwrap();
    drop(listener);
}

/// Bytes that nobody has read turn a polite end into a reset.
#[tokio::test]
async fn who_closes_without_reading_resets_the_connection() {
    let listener = listen().await;
    let addr = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(addr).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    client.write_all(b"hello").await.unwrap();
    within("the hello", server.readable()).await.unwrap();
    drop(server);

    let mut byte = [0; 1];
    let end = client.read(&mut byte);
    let error = within("the end", end).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{error}");
}

#[tokio::test]
async fn an_address_may_be_a_name_or_numbers() {
    let server = Server::start().await;
    let name = format!("localhost:{}", server.addr().port());
    let connecting = Client::connect(name);
    within("a name", connecting).await.unwrap();
    let connecting = Client::connect(server.addr());
    within("an address", connecting).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn of_several_addresses_the_first_that_answers_is_taken() {
    let (_socket, nobody) = nobody_listens();
    let (first, second) = (listen().await, listen().await);
    let [one, two] = [&first, &second].map(|one| one.local_addr().unwrap());
    for (order, taken) in
        [([nobody, one, two], &first), ([two, nobody, one], &second)]
    {
        let connecting = Client::connect(&order[..]);
        let client = within("a connection", connecting).await.unwrap();
        within("it", taken.accept()).await.unwrap();
        drop(client);
    }
    for unused in [first, second] {
        let more = time::timeout(A_MOMENT, unused.accept()).await;
        assert!(more.is_err(), "one connection for each is enough");
    }
}

/// The last byte of it is never sent, for nobody reads at either end.
#[tokio::test]
async fn who_sends_all_before_reading_anything_is_stuck() {
    let server = Server::start().await;
    let mut socket = server.connect().await;
    let mut sent = 0;
    while let Ok(written) =
        time::timeout(STANDSTILL, socket.write(&[b'x'; 65536])).await
    {
        sent += written.unwrap();
        assert!(sent < LENGTH, "all of it fits");
    }
    // Reading is what was missing.
    let (mut from_server, mut to_server) = socket.split();
    let mut echo = vec![0; LENGTH];
    let rest = vec![b'x'; LENGTH - sent];
    let both = async {
        let reading = from_server.read_exact(&mut echo);
        tokio::try_join!(to_server.write_all(&rest), reading)
    };
    within("all of it", both).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn try_join_runs_both_in_this_task_until_both_are_done() {
    let id = || async { io::Result::Ok(task::try_id()) };
    let joining = tokio::spawn(async move {
        let (ready, wait) = oneshot::channel();
        let first = async {
            wait.await.map_err(io::Error::other)?;
            id().await
        };
        let second = async {
            task::yield_now().await;
            ready.send(()).unwrap();
            id().await
        };
        tokio::try_join!(first, second)
    });
    let this = joining.id();
    let joined = within("both", joining).await.unwrap();
    assert_eq!(joined.unwrap(), (Some(this), Some(this)));
}

#[tokio::test]
async fn try_join_waits_for_nobody_after_an_error() {
    let never = pending::<io::Result<()>>();
    let fails = async { Err::<(), _>(io::Error::other("on purpose")) };
    let joining = async { tokio::try_join!(never, fails) };
    let joined = within("the error", joining).await;
    assert_eq!(joined.unwrap_err().to_string(), "on purpose");
}

#[tokio::test]
async fn a_client_that_is_dropped_closes_its_connection() {
    let mut server = Server::start().await;
    let client = Client::connect(server.addr()).await.unwrap();
    server.line("Got connection").await;
    drop(client);
    server.line("Connection closed").await;
    server.stop().await;
}

/// The first bytes that it sends may still go through.
#[tokio::test]
async fn sending_fails_in_the_end_if_the_server_has_closed() {
    let listener = listen().await;
    let addr = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(addr).await.unwrap();
    let (mut socket, _) = listener.accept().await.unwrap();
    socket.write_all(b"bye").await.unwrap();
    drop(socket);

    let sending = async {
        loop {
            if let Err(error) = client.write_all(b"hello").await {
                return error.kind();
            }
            task::yield_now().await;
        }
    };
    let kind = within("an error", sending).await;
    let gone = [io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionReset];
    assert!(gone.contains(&kind), "{kind}");
}

/// A read of the terminal is such a call.
#[test]
fn a_runtime_that_is_dropped_waits_for_a_call_that_blocks() {
    let runtime = Runtime::new().unwrap();
    let (begun, begin) = mpsc::channel();
    let (enter, read) = mpsc::channel::<()>();
    let (ended, end) = mpsc::channel();
    let call = runtime.spawn_blocking(move || {
        begun.send(()).unwrap();
        read.recv()
    });
    begin.recv().unwrap();
    call.abort();
    thread::spawn(move || {
        drop(runtime);
        ended.send(())
    });
    assert!(end.recv_timeout(A_MOMENT).is_err(), "it did not wait");
    enter.send(()).unwrap();
    end.recv_timeout(DEADLINE).unwrap();
}

/// As a server's `wait` does it.
async fn wait(task: JoinHandle<io::Result<()>>) -> io::Result<()> {
    task.await?
}

#[tokio::test]
async fn awaiting_a_handle_waits_for_the_end_of_its_task() {
    let (end, wait_for_it) = oneshot::channel();
    let task = tokio::spawn(async { wait_for_it.await.unwrap() });
    let mut waiting = pin!(wait(task));
    let early = time::timeout(A_MOMENT, &mut waiting).await;
    assert!(early.is_err(), "the task has not ended");
    end.send(Err(io::ErrorKind::InvalidInput.into())).unwrap();
    let result = within("the task's end", waiting).await;
    assert_eq!(result.unwrap_err().kind(), io::ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_question_mark_turns_a_panic_into_an_error() {
    let task = tokio::spawn(async { panic!("on purpose") });
    let error = within("the task's end", wait(task)).await.unwrap_err();
    assert!(error.to_string().contains("panicked"), "{error}");
}

#[tokio::test]
async fn a_hundred_servers_get_a_port_each() {
    let mut ports = BTreeSet::from([DEFAULT_PORT]);
    for _ in 0..100 {
        let server = server::start(0).await.unwrap();
        assert!(ports.insert(server.addr().port()), "{server:?}");
        within("a client", Client::connect(server.addr()))
            .await
            .unwrap();
    }
}

/// As in a test of an echo server, which fails so if a byte is missing.
#[tokio::test]
async fn a_missing_byte_ends_a_test_at_its_limit() {
    async fn ask(addr: SocketAddr) -> io::Result<Vec<u8>> {
        let mut client = Client::connect(addr).await?;
        time::timeout(A_MOMENT, client.send(b"hello")).await?
    }
    let listener = listen().await;
    let addr = listener.local_addr().unwrap();
    let peer = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.read_exact(&mut [0; 5]).await.unwrap();
        socket.write_all(b"ello").await.unwrap();
        socket
    });
    let result = within("the limit", ask(addr)).await.map(drop);
    let _socket = within("the peer", peer).await.unwrap();
    let error = result.as_ref().unwrap_err();
    assert_eq!(format!("{error:?}"), "Kind(TimedOut)");
    // What a test returns is asked for its report, as a program is.
    assert_eq!(result.report(), ExitCode::FAILURE);
}

#[tokio::test]
async fn on_one_thread_a_task_runs_only_while_main_waits() {
    let (ran, mut seen) = oneshot::channel();
    let task = tokio::spawn(async { ran.send(()).unwrap() });
    thread::sleep(A_MOMENT);
    let early = seen.try_recv();
    assert_eq!(early, Err(oneshot::error::TryRecvError::Empty));
    within("the task", task).await.unwrap();
    assert_eq!(seen.try_recv(), Ok(()));
}

/// It runs once more, by a link: as the program that asks where it is.
#[cfg(target_os = "linux")]
#[test]
fn current_exe_follows_links_and_tells_of_a_file_that_has_gone() {
    use std::{env, fs, os::unix::fs::symlink, process::Command};

    const CHILD: &str = "ECHO_TEST_ASKS_WHERE_IT_IS";
    let here = env::current_exe().unwrap();
    if env::var_os(CHILD).is_some() {
        fs::remove_file(&here).unwrap();
        let gone = env::current_exe().unwrap();
        println!("\nhere: {}\ngone: {}", here.display(), gone.display());
        return;
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let [program, link] = ["program", "link"].map(|name| folder.join(name));
    fs::hard_link(&here, &program).unwrap();
    symlink(&program, &link).unwrap();
    let name = "current_exe_follows_links_and_tells_of_a_file_that_has_gone";
    let name = format!("client::{name}");
    let output = Command::new(&link)
        .args([&name, "--exact", "--nocapture"])
        .env(CHILD, "1")
        .output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    let program = program.display();
    let told = format!("here: {program}\ngone: {program} (deleted)\n");
    assert!(text.contains(&told), "{text}");
}
