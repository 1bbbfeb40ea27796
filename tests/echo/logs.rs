//! A log that nobody reads, that cannot be written, or that a client would
//! like to write: `logged` and `drained` serve on, and say what was lost.

use std::{
    fs::{self, OpenOptions},
    net::SocketAddr,
    process::Stdio,
    time::{Duration, Instant},
};

use mdbook_proof::session::terminal::heed_signals;
use nix::{
    sys::{
        signal::{Signal, kill},
        stat::Mode,
    },
    unistd::{Pid, mkfifo},
};
use pty_process::Pty;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpStream, unix::pipe},
    process::{Child, Command},
    task::JoinSet,
    time,
};

use crate::support::{
    Server, assert_echo, command, counting, free_port, listening_at, memory,
    program, rest, within,
};

/// More clients than have room for their two lines in the queue of the log
/// and the pipe behind it. The longest queue is 16 Ki lines.
const TOO_MANY: usize = 10_000;

/// So many of them come at once.
const AT_ONCE: usize = 8;

/// An answer that takes longer is late.
const AT_ONCE_ANSWERED: Duration = Duration::from_secs(5);

/// A client comes, is answered, and leaves when the server has closed.
async fn visit(addr: SocketAddr) {
    let connecting = TcpStream::connect(addr);
    let mut client = within("a connection", connecting).await.unwrap();
    assert_echo(&mut client, b"hello\n").await;
    client.shutdown().await.unwrap();
    assert_eq!(rest(&mut client).await, "");
}

/// So many clients visit the server.
async fn visits(addr: SocketAddr, clients: usize) {
    let mut guests = JoinSet::new();
    for number in 0..AT_ONCE {
        guests.spawn(async move {
            for _ in (number..clients).step_by(AT_ONCE) {
                visit(addr).await;
            }
        });
    }
    guests.join_all().await;
}

/// Waits until somebody listens on the port, and serves.
async fn until_served(port: u16) -> SocketAddr {
    let addr = SocketAddr::from(([127, 0, 0, 1], port));
    let serving = async {
        while TcpStream::connect(addr).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    within("the server to listen", serving).await;
    addr
}

/// Asks the program to stop.
fn terminate(server: &Child) {
    let id = server.id().expect("it runs").cast_signed();
    kill(Pid::from_raw(id), Signal::SIGTERM).unwrap();
}

/// The number in `WARN nobody read the log lost=12`.
fn lost(line: &str) -> Option<usize> {
    let (_, count) = line.split_once(" WARN ")?.1.split_once("lost=")?;
    count.parse().ok()
}

#[tokio::test]
async fn a_log_whose_reader_has_gone_stops_nobody() {
    for name in ["logged", "drained"] {
        let mut server = Server::spawn(&mut counting(name)).await;
        let mut early = server.connect().await;
        assert_echo(&mut early, b"before\n").await;
        server.leave_log().await;
        visits(server.addr(), 50).await;
        assert_echo(&mut early, b"and after\n").await;
        assert!(server.is_running());
        server.stop().await;
    }
}

/// The next file that is opened could become the standard output, and that is
/// a client: it gets its own bytes and nothing else.
#[tokio::test]
async fn a_closed_output_is_nobody_elses() {
    let port = free_port();
    let _server = Command::new("sh")
        .args(["-c", "exec \"$0\" \"$1\" --metrics-port 0 >&-"])
        .arg(program("logged"))
        .arg(port.to_string())
        .env("RUST_LOG", "trace")
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let addr = until_served(port).await;
    let mut first = TcpStream::connect(addr).await.unwrap();
    visits(addr, 50).await;
    assert_echo(&mut first, b"hello\n").await;
    first.shutdown().await.unwrap();
    assert_eq!(rest(&mut first).await, "");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_stops_nobody() {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let port = free_port();
    let mut server = command("logged")
        .args([&port.to_string(), "--metrics-port", "0"])
        .stdout(full)
        .spawn()
        .unwrap();
    let addr = until_served(port).await;
    visits(addr, 500).await;
    assert!(server.try_wait().unwrap().is_none(), "it still runs");
}

/// Each client is answered at once while the pipe and the queue before it are
/// full, the memory stays what it is, and in the end nothing is unaccounted
/// for but the lines that say so: they may be lost, too, one a second.
#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_that_nobody_reads_costs_lines_and_nothing_else() {
    let mut command = counting("logged");
    let mut server = Server::spawn(command.env("RUST_LOG", "debug")).await;
    server.read_log(false);
    let start = Instant::now();
    visits(server.addr(), TOO_MANY).await;
    let before = memory(server.id());
    visits(server.addr(), TOO_MANY / 2).await;
    let grown = memory(server.id()).saturating_sub(before);
    assert!(grown < 4096, "it grew by {grown} KiB");
    let answering = visit(server.addr());
    time::timeout(AT_ONCE_ANSWERED, answering).await.unwrap();

    server.read_log(true);
    let mut read = 0;
    let said = loop {
        let line = server.line("").await;
        if let Some(lost) = lost(&line) {
            break lost;
        }
        read += 1;
    };
    let lines = 2 * (TOO_MANY + TOO_MANY / 2 + 1);
    let warnings = start.elapsed().as_secs() as usize + 1;
    assert!(said > 0 && read + said >= lines, "{read} and {said}");
    assert!(read + said <= lines + warnings, "{read} and {said}");

    visit(server.addr()).await;
    let line = server.line(" connected").await;
    assert!(line.contains(" INFO client{peer=127.0.0.1:"), "{line}");
    server.stop().await;
}

/// A pipe with a name, which a reader can leave and come back to.
struct Fifo {
    folder: tempfile::TempDir,
}

impl Fifo {
    fn new() -> Fifo {
        let folder = tempfile::tempdir().unwrap();
        mkfifo(&folder.path().join("log"), Mode::S_IRWXU).unwrap();
        Fifo { folder }
    }

    fn reader(&self) -> BufReader<pipe::Receiver> {
        let path = self.folder.path().join("log");
        BufReader::new(pipe::OpenOptions::new().open_receiver(path).unwrap())
    }

    fn writer(&self) -> Stdio {
        let path = self.folder.path().join("log");
        OpenOptions::new().write(true).open(path).unwrap().into()
    }
}

/// The next line that contains `wanted`, and how many came before it.
async fn line<R>(log: &mut R, wanted: &str) -> (String, usize)
where
    R: AsyncBufReadExt + Unpin,
{
    let mut before = 0;
    loop {
        let mut line = String::new();
        let reading = log.read_line(&mut line);
        let what = format!("a line with {wanted:?}");
        assert_ne!(within(&what, reading).await.unwrap(), 0, "{what}");
        if line.contains(wanted) {
            return (line.trim_end().to_owned(), before);
        }
        before += 1;
    }
}

/// What could not be written is counted as well as what had no room.
#[tokio::test]
async fn a_reader_that_comes_back_is_told_what_it_missed() {
    const MISSED: usize = 100;

    let fifo = Fifo::new();
    let mut log = fifo.reader();
    let stdout = fifo.writer();
    let _server = counting("logged").stdout(stdout).spawn().unwrap();
    let (listening, _) = line(&mut log, "Listening").await;
    let addr = listening_at(&listening);
    visit(addr).await;
    line(&mut log, " closed").await;
    drop(log);

    let start = Instant::now();
    visits(addr, MISSED).await;
    // The thread that writes may be behind, so that some lines are for the
    // reader that has come back.
    let mut log = fifo.reader();
    let (told, read) = line(&mut log, "lost=").await;
    let seconds = start.elapsed().as_secs() as usize + 1;
    let lost = lost(&told).expect("a warning");
    let lines = 2 * MISSED;
    assert!(lost > 0, "{told}");
    assert!((lines..=lines + seconds).contains(&(lost + read)), "{told}");

    visit(addr).await;
    line(&mut log, " closed").await;
}

/// Starts a program in a terminal, reads on until it listens, and stops the
/// terminal by Ctrl-S.
async fn in_a_stopped_terminal(name: &str) -> (Child, SocketAddr, Pty) {
    heed_signals().unwrap();
    let (mut terminal, pts) = pty_process::open().unwrap();
    let child = pty_process::Command::new(program(name))
        .args(["0", "--metrics-port", "0"])
        .kill_on_drop(true)
        .spawn(pts)
        .unwrap();
    let mut reader = BufReader::new(&mut terminal);
    let (listening, _) = line(&mut reader, "Listening").await;
    terminal.write_all(b"\x13").await.unwrap();
    (child, listening_at(&listening), terminal)
}

#[tokio::test]
async fn a_terminal_stopped_by_ctrl_s_stops_nobody() {
    let (_server, addr, mut terminal) = in_a_stopped_terminal("logged").await;
    visits(addr, 200).await;
    // Ctrl-Q, and it goes on with what was said meanwhile.
    terminal.write_all(b"\x11").await.unwrap();
    let mut log = BufReader::new(&mut terminal);
    for _ in 0..200 {
        line(&mut log, " closed").await;
    }
}

/// The program ends, too, while its terminal stands still.
#[tokio::test]
async fn a_terminal_stopped_by_ctrl_s_does_not_keep_the_program() {
    let (mut server, addr, _terminal) = in_a_stopped_terminal("drained").await;
    visits(addr, 20).await;
    terminate(&server);
    let status = within("the server's end", server.wait()).await.unwrap();
    assert_eq!(status.code(), Some(0));
}

/// The queue is full as well, so that not even the wish to end fits into it.
#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_that_nobody_reads_does_not_keep_the_program() {
    let server = Server::spawn(&mut counting("drained")).await;
    server.read_log(false);
    visits(server.addr(), TOO_MANY).await;
    server.signal(Signal::SIGTERM);
    let start = Instant::now();
    let (status, _) = server.end().await;
    let took = start.elapsed();
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(10), "it took {took:?}");
}

/// There are more of them than fit into the pipe, and somebody reads them.
#[tokio::test]
async fn the_last_lines_are_written() {
    const CROWD: usize = 1_000;

    let server = Server::spawn(&mut counting("drained")).await;
    server.read_log(false);
    visits(server.addr(), CROWD).await;
    server.signal(Signal::SIGTERM);
    server.read_log(true);
    let (_, log) = server.end().await;
    let closed = log.iter().filter(|line| line.ends_with(" closed")).count();
    assert_eq!(closed, CROWD);
    let last = log.last().unwrap();
    assert!(last.ends_with("all conversations have ended"), "{last}");
}

/// Lines that were lost in the last second are told of as well.
#[tokio::test]
async fn what_was_lost_last_is_told_at_the_end() {
    let fifo = Fifo::new();
    let mut log = fifo.reader();
    let stdout = fifo.writer();
    let mut server = counting("drained").stdout(stdout).spawn().unwrap();
    let (listening, _) = line(&mut log, "Listening").await;
    let addr = listening_at(&listening);
    visit(addr).await;
    line(&mut log, " closed").await;
    // Whatever is told in the meantime is lost, too, and told in the end.
    drop(log);
    visits(addr, 10).await;
    let mut log = fifo.reader();
    terminate(&server);
    let mut text = String::new();
    let reading = log.read_to_string(&mut text);
    within("the log's end", reading).await.unwrap();
    within("the server's end", server.wait()).await.unwrap();
    let read =
        text.matches(" connected").count() + text.matches(" closed").count();
    let lost = text.lines().filter_map(lost).next_back().unwrap_or(0);
    assert!(read + lost >= 20, "{lost} lost of 20:\n{text}");
}

#[tokio::test]
async fn a_filter_that_makes_no_sense_is_a_failure() {
    for name in ["logged", "drained", "echod"] {
        for filter in ["info,,=,", "logged=loud", "=info", "[{"] {
            let mut command = command(name);
            command.env("RUST_LOG", filter).env("PORT", "0");
            let output = within("its end", command.output()).await.unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{filter}: {stderr}");
            assert!(stderr.starts_with("error: "), "{stderr}");
            assert!(stderr.contains("RUST_LOG"), "{stderr}");
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
            assert_eq!(output.stdout, b"");
        }
    }
}

#[tokio::test]
async fn a_filter_chooses_what_is_said() {
    for (filter, connected, refused) in [
        ("", true, false),
        ("info", true, false),
        ("debug", true, true),
        ("warn", false, false),
        ("warn,drained=debug", true, true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let port = free_port();
        let mut server = command("drained")
            .args([&port.to_string(), "--metrics-port", "0"])
            .args(["--clients", "1"])
            .env("RUST_LOG", filter)
            .stdout(fs::File::create(&path).unwrap())
            .spawn()
            .unwrap();
        let addr = until_served(port).await;
        // Those that asked whether it listens may be in the first one's place.
        let mut first = admitted(addr).await;
        let mut second = TcpStream::connect(addr).await.unwrap();
        assert_eq!(rest(&mut second).await, "all places are taken\n");
        first.shutdown().await.unwrap();
        assert_eq!(rest(&mut first).await, "");
        drop(admitted(addr).await);
        terminate(&server);
        within("its end", server.wait()).await.unwrap();
        let log = fs::read_to_string(&path).unwrap();
        assert_eq!(log.contains(" connected"), connected, "{filter}");
        assert_eq!(log.contains("refused: "), refused, "{filter}");
    }
}

/// A client that has been answered, however often it is refused before.
async fn admitted(addr: SocketAddr) -> TcpStream {
    let coming = async {
        loop {
            let mut client = TcpStream::connect(addr).await.unwrap();
            let mut answer = [0; 6];
            if client.write_all(b"hello\n").await.is_ok()
                && client.read_exact(&mut answer).await.is_ok()
                && answer == *b"hello\n"
            {
                return client;
            }
        }
    };
    within("a place", coming).await
}

#[tokio::test]
async fn a_line_says_how_grave_it_is_and_whose() {
    let mut server = Server::spawn(&mut counting("logged")).await;
    let mut client = server.connect().await;
    let peer = client.local_addr().unwrap();
    for said in ["connected", "closed"] {
        let line = server.line(said).await;
        assert_eq!(line, format!(" INFO client{{peer={peer}}}: {said}"));
        client.shutdown().await.unwrap();
    }
    server.stop().await;
}

/// What a line of JSON must have, in the order in which it is written.
#[tokio::test]
async fn a_line_for_programs_is_an_object_of_json() {
    let mut command = counting("logged");
    let mut server = Server::spawn(command.args(["--log", "json"])).await;
    let mut client = server.connect().await;
    let peer = client.local_addr().unwrap().to_string();
    let line = server.line("connected").await;
    let object: serde_json::Value = serde_json::from_str(&line).expect(&line);
    assert_eq!(object["level"], "INFO");
    assert_eq!(object["fields"]["message"], "connected");
    assert_eq!(object["span"]["name"], "client");
    assert_eq!(object["span"]["peer"], *peer);
    assert!(object["timestamp"].is_string(), "{line}");
    client.shutdown().await.unwrap();
    server.line("closed").await;
    for line in server.stop().await {
        serde_json::from_str::<serde_json::Value>(&line).expect(&line);
    }
}

/// Whatever a client sends, and however it has to go, nothing of it is in the
/// log, at any level. It cannot forge a line, nor drive the terminal of who
/// reads.
#[tokio::test]
async fn nothing_that_a_client_sends_is_in_the_log() {
    let evil: [&[u8]; 6] = [
        b"\x1b[2J\x1b]0;evil\x07\x1b[31mevil\n",
        b"evil\r\n2026-11-26T01:25:02.123456Z  INFO evil: closed\n",
        b"\xff\xfe\xc3\x28evil\x80\n",
        b"evil\0evil\x7f\n",
        b"{\"level\":\"evil\"}\n",
        &[b'\x1b'; 2_000],
    ];
    for format in ["human", "json"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let port = free_port();
        let mut server = command("logged")
            .args([&port.to_string(), "--metrics-port", "0"])
            .args(["--longest-line", "1000", "--log", format])
            .env("RUST_LOG", "trace")
            .stdout(fs::File::create(&path).unwrap())
            .spawn()
            .unwrap();
        let addr = until_served(port).await;
        for bytes in evil {
            for reset in [false, true] {
                let connecting = TcpStream::connect(addr);
                let connected = within("a connection", connecting).await;
                let mut client = connected.unwrap();
                client.write_all(bytes).await.unwrap();
                let mut answer = Vec::new();
                if reset {
                    client.set_zero_linger().unwrap();
                    continue;
                }
                client.shutdown().await.unwrap();
                let reading = client.read_to_end(&mut answer);
                within("the answer", reading).await.unwrap();
            }
        }
        visit(addr).await;
        let read = || fs::read(&path).unwrap();
        let closed = |log: &[u8]| {
            let log = String::from_utf8_lossy(log).into_owned();
            log.matches("closed").count()
        };
        let seen = async {
            while closed(&read()) < evil.len() {
                tokio::task::yield_now().await;
            }
        };
        within("the log", seen).await;
        server.start_kill().unwrap();
        within("its end", server.wait()).await.unwrap();

        let log = String::from_utf8(read()).expect("text");
        assert!(!log.contains("evil"), "{log}");
        let is_plain =
            |byte: u8| byte == b'\n' || (b' '..=b'~').contains(&byte);
        assert!(log.bytes().all(is_plain), "{}", log.escape_debug());
        for line in log.lines() {
            let human = ["TRACE ", "DEBUG ", " INFO ", " WARN "];
            let begins = human.iter().any(|level| line.starts_with(level));
            assert!(begins || line.starts_with("{\""), "{line}");
        }
    }
}
