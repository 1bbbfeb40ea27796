use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time,
};

use crate::support::{Server, assert_echo, assert_same, memory, noise, within};

#[tokio::test]
async fn a_half_closed_client_gets_the_rest() {
    let mut server = Server::start().await;
    let mut socket = server.connect().await;
    let message = noise(100_000, 2);
    socket.write_all(&message).await.unwrap();
    socket.shutdown().await.unwrap();

    let mut echo = Vec::new();
    let reading = socket.read_to_end(&mut echo);
    within("the echo and its end", reading).await.unwrap();
    assert_same(&echo, &message);
    server.line("Connection closed").await;
    server.stop().await;
}

#[tokio::test]
async fn a_reset_ends_only_its_own_task() {
    let mut server = Server::start().await;
    let mut stays = server.connect().await;
    assert_echo(&mut stays, b"I stay").await;
    let task_that_stays = task_of(&mut server, &stays).await;

    let mut breaks_off = server.connect().await;
    assert_echo(&mut breaks_off, b"I break off").await;
    let task_that_breaks = task_of(&mut server, &breaks_off).await;
    assert_ne!(task_that_stays, task_that_breaks);
    breaks_off.set_zero_linger().unwrap();
    drop(breaks_off);

    let line = server.line("Error receiving a packet").await;
    assert!(line.starts_with(&format!("{task_that_breaks}: ")), "{line}");
    assert_echo(&mut stays, b"I am still here").await;
    assert_echo(&mut server.connect().await, b"I am new").await;
    server.stop().await;
}

#[tokio::test]
async fn many_clients_each_get_their_own_data() {
    const CLIENTS: usize = 200;

    let server = Server::start().await;
    let mut clients = JoinSet::new();
    for seed in 0..CLIENTS {
        let addr = server.addr();
        clients.spawn(async move {
            let mut socket = TcpStream::connect(addr).await.unwrap();
            for round in 0..10 {
                let message = noise(500 + seed, (seed * 100 + round) as u64);
                assert_echo(&mut socket, &message).await;
            }
            // Held until the test has seen all of them connected at once.
            socket
        });
    }
    let sockets = within("all clients", clients.join_all()).await;
    assert_eq!(sockets.len(), CLIENTS);
    for mut socket in sockets {
        assert_echo(&mut socket, b"still connected").await;
    }
    server.stop().await;
}

/// A client that writes and never reads is held up by the kernel's buffers:
/// the server does not read on before it has written back.
#[tokio::test]
async fn a_client_that_never_reads_is_held_up_alone() {
    let server = Server::start().await;
    let mut greedy = server.connect().await;
    let memory_before = memory(server.id());
    let sent = write_until_nothing_moves(&mut greedy).await;

    let grown = memory(server.id()).saturating_sub(memory_before);
    assert!(grown < 4096, "the server grew by {grown} KiB");
    assert_echo(&mut server.connect().await, b"and the others?").await;

    // Now that it reads, it gets everything it has sent.
    let (mut from_server, mut to_server) = greedy.split();
    let mut echo = Vec::new();
    let both = async {
        let reading = from_server.read_to_end(&mut echo);
        tokio::try_join!(to_server.shutdown(), reading)
    };
    within("the whole echo", both).await.unwrap();
    assert_eq!(echo.len(), sent, "bytes back for bytes sent");
    server.stop().await;
}

/// Whenever the way to a client fills up, a write may take only a part. It is
/// filled several times, and an odd number is taken out, so that no buffer of
/// the kernel ends where one of the server's does.
#[tokio::test]
async fn a_client_that_reads_late_loses_nothing() {
    let server = Server::start().await;
    let mut late = server.connect().await;
    assert_echo(&mut late, b"odd").await;
    let (mut sent, mut got) = (0, 0);
    let mut piece = vec![0; 2_000_003];
    for _ in 0..8 {
        sent += write_until_nothing_moves(&mut late).await;
        let reading = late.read_exact(&mut piece);
        got += within("a part of the echo", reading).await.unwrap();
    }
    late.shutdown().await.unwrap();
    let mut rest = Vec::new();
    let reading = late.read_to_end(&mut rest);
    got += within("the rest of the echo", reading).await.unwrap();
    assert_eq!(got, sent, "bytes back for bytes sent");
    server.stop().await;
}

#[tokio::test]
async fn a_reset_while_sending_ends_only_its_own_task() {
    let mut server = Server::start().await;
    let mut greedy = server.connect().await;
    write_until_nothing_moves(&mut greedy).await;
    greedy.set_zero_linger().unwrap();
    drop(greedy);
    server.line("Error sending a packet").await;
    assert_echo(&mut server.connect().await, b"I am new").await;
    server.stop().await;
}

/// What is written again and again: of a length that is nobody's buffer's.
pub fn piece() -> Vec<u8> {
    noise(60_013, 5)
}

/// Writes without reading until the way is full, and returns how much fitted.
pub async fn write_until_nothing_moves(socket: &mut TcpStream) -> usize {
    /// Far more than the kernel's buffers of both ends together.
    const TOO_MUCH: usize = 256 << 20;
    /// Nothing has moved for so long: the way is full.
    const STANDSTILL: Duration = Duration::from_millis(300);

    let (piece, mut sent) = (piece(), 0);
    let rest = |sent| &piece[sent % piece.len()..];
    while let Ok(written) =
        time::timeout(STANDSTILL, socket.write(rest(sent))).await
    {
        sent += written.unwrap();
        assert!(sent < TOO_MUCH, "the server took {sent} bytes unanswered");
    }
    sent
}

/// The panic is a real one: `println!` panics when nobody can read its output
/// any more. Each connection dies of it, and the server goes on accepting.
#[cfg(unix)]
#[tokio::test]
async fn a_panic_ends_only_its_own_task() {
    use std::process::Stdio;
    use tokio::io::{AsyncBufReadExt, BufReader};

    use crate::support::{command, listening_at};

    let mut child = command("server")
        .arg("0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    let reading = stdout.read_line(&mut line);
    within("the server to listen", reading).await.unwrap();
    let addr = listening_at(line.trim_end());
    drop(stdout);

    for _ in 0..3 {
        let mut socket = TcpStream::connect(addr).await.unwrap();
        let mut byte = [0; 1];
        let reading = socket.read(&mut byte);
        assert_eq!(within("the end", reading).await.unwrap(), 0);
    }
    assert!(child.try_wait().unwrap().is_none(), "the server still runs");

    child.start_kill().unwrap();
    let output = within("its end", child.wait_with_output()).await.unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors.matches("panicked").count(), 3, "{errors}");
    assert!(errors.contains("failed printing to stdout"), "{errors}");
}

/// The `Task 12` that the server says has taken this connection.
async fn task_of(server: &mut Server, socket: &TcpStream) -> String {
    let client = socket.local_addr().unwrap().to_string();
    let line = server.line(&client).await;
    line.split_once(':')
        .expect("a line about a task")
        .0
        .to_owned()
}
