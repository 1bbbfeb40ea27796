use std::{
    collections::HashMap,
    env, io,
    net::SocketAddr,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU16, Ordering::Relaxed},
    },
    time::Duration,
};

#[cfg(unix)]
use echo::files::need_files;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
    process::{Child, ChildStdout, Command},
    sync::{self, mpsc, watch},
    task::JoinHandle,
    time,
};

/// No answer takes this long, on the slowest machine. A wait that reaches it
/// has found a fault.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Waits for `future`, and fails the test when it takes too long.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match time::timeout(DEADLINE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited {DEADLINE:?} in vain for {what}"),
    }
}

/// Where cargo has put the program `name`, which is built first.
///
/// The programs belong to another package than these tests, so cargo does not
/// build them for us. In place of `server` and `client`, the environment can
/// name others, by `ECHO_SERVER` and `ECHO_CLIENT`.
pub fn program(name: &str) -> PathBuf {
    let other = format!("ECHO_{}", name.to_uppercase());
    if let Some(path) = env::var_os(other) {
        return path.into();
    }
    static BUILT: Mutex<Option<HashMap<String, PathBuf>>> = Mutex::new(None);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    built
        .get_or_insert_default()
        .entry(name.to_owned())
        .or_insert_with(|| {
            let build = escargot::CargoBuild::new().bin(name).run();
            build.expect("the program builds").path().to_owned()
        })
        .clone()
}

/// Where cargo has put the example `name`, which is built first.
#[cfg(unix)]
pub fn example(name: &str) -> PathBuf {
    let build = escargot::CargoBuild::new()
        .package("echo")
        .example(name)
        .run();
    build.expect("the example builds").path().to_owned()
}

/// A command that runs the program `name`, and ends it with the test.
///
/// What the reader's own environment says to the programs is taken away: each
/// test says it itself.
pub fn command(name: &str) -> Command {
    let mut command = Command::new(program(name));
    for variable in ["PORT", "METRICS_PORT", "RUST_LOG", "ECHOD_SETTINGS"] {
        command.env_remove(variable);
    }
    command.env_remove("NOTIFY_SOCKET").kill_on_drop(true);
    command
}

/// A command that runs the program `name` on free ports, for its clients and
/// for its counters.
pub fn counting(name: &str) -> Command {
    let mut command = command(name);
    command.args(["0", "--metrics-port", "0"]);
    command
}

/// A command that runs the program at `path` where a process may open only so
/// many files, and ends it with the test.
#[cfg(unix)]
pub fn with_few_files(path: PathBuf, files: usize) -> Command {
    let script = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).arg(path);
    command.env_remove("PORT").kill_on_drop(true);
    command
}

/// A running `server`, and the lines that it prints.
pub struct Server {
    child: Child,
    addr: SocketAddr,
    counters: Option<SocketAddr>,
    before: Vec<String>,
    log: mpsc::UnboundedReceiver<String>,
    reads: watch::Sender<bool>,
    reader: JoinHandle<()>,
}

impl Server {
    /// Starts a server on a free port, and waits until it listens.
    pub async fn start() -> Server {
        Server::spawn(command("server").arg("0")).await
    }

    /// Starts the server that `command` runs, and waits until it listens.
    pub async fn spawn(command: &mut Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let (reads, may_read) = watch::channel(true);
        let (mut log, reader) = lines(child.stdout.take().unwrap(), may_read);
        let (mut counters, mut before) = (None, Vec::new());
        let listening = async {
            while let Some(line) = log.recv().await {
                counters = counters.or(address("Counters", &line));
                if let Some(addr) = address("Listening", &line) {
                    return addr;
                }
                before.push(line);
            }
            panic!("the server never said that it listens");
        };
        let addr = within("the server to listen", listening).await;
        Server {
            child,
            addr,
            counters,
            before,
            log,
            reads,
            reader,
        }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where the server's counters are read.
    pub fn counters(&self) -> SocketAddr {
        self.counters.expect("the server counts")
    }

    /// What the server has said before it listened.
    pub fn said_before(&self) -> &[String] {
        &self.before
    }

    /// Reads the log from now on, or does not: then the pipe fills up.
    pub fn read_log(&self, reads: bool) {
        self.reads.send_replace(reads);
    }

    /// Closes the reading end of the log.
    pub async fn leave_log(&mut self) {
        self.reader.abort();
        let _ = within("the log's reader", &mut self.reader).await;
    }

    /// Sends the server a signal.
    #[cfg(unix)]
    pub fn signal(&self, signal: nix::sys::signal::Signal) {
        let id = nix::unistd::Pid::from_raw(self.id().cast_signed());
        nix::sys::signal::kill(id, signal).unwrap();
    }

    /// The process id, as long as the server has not been stopped.
    pub fn id(&self) -> u32 {
        self.child.id().expect("the server runs")
    }

    pub async fn connect(&self) -> TcpStream {
        let connecting = TcpStream::connect(self.addr);
        within("a connection", connecting).await.unwrap()
    }

    /// Has the server stand still, until it gets the signal to go on.
    #[cfg(unix)]
    pub fn stand_still(&self) {
        use nix::{
            sys::{
                signal::Signal::SIGSTOP,
                wait::{WaitPidFlag, WaitStatus, waitpid},
            },
            unistd::Pid,
        };

        self.signal(SIGSTOP);
        // Its threads may go on for a moment.
        let id = Pid::from_raw(self.id().cast_signed());
        let stopped = waitpid(id, Some(WaitPidFlag::WUNTRACED)).unwrap();
        assert_eq!(stopped, WaitStatus::Stopped(id, SIGSTOP));
    }

    /// The next line of the log that contains `wanted`, read up to that line.
    pub async fn line(&mut self, wanted: &str) -> String {
        let mut seen = Vec::new();
        let search = async {
            while let Some(line) = self.log.recv().await {
                if line.contains(wanted) {
                    return Some(line);
                }
                seen.push(line);
            }
            None
        };
        match time::timeout(DEADLINE, search).await {
            Ok(Some(line)) => line,
            _ => panic!("the server never said {wanted:?}; it said {seen:#?}"),
        }
    }

    /// What the server says of the packets that it gets from its only client,
    /// put together: it may have got them in any pieces.
    pub async fn packets(&mut self) -> String {
        let mut packets = String::new();
        loop {
            let line = self.line("").await;
            if line.ends_with("Connection closed") {
                return packets;
            }
            if let Some((_, packet)) = line.split_once("Got packet ") {
                packets += packet;
            }
        }
    }

    /// Whether the process is still there.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Ends the server, waits for its end, and returns the rest of its log.
    pub async fn stop(mut self) -> Vec<String> {
        self.child.start_kill().unwrap();
        self.end().await.1
    }

    /// Waits for the server to end by itself, and returns how it did, and the
    /// rest of its log.
    pub async fn end(mut self) -> (ExitStatus, Vec<String>) {
        let ending = self.child.wait();
        let status = within("the server's end", ending).await.unwrap();
        self.read_log(true);
        let mut rest = Vec::new();
        while let Some(line) = self.log.recv().await {
            rest.push(line);
        }
        (status, rest)
    }
}

/// Waits until no other test has a crowd of 2,000 clients, and sees to it that
/// there are files for one.
#[cfg(unix)]
pub async fn alone() -> sync::MutexGuard<'static, ()> {
    static CROWD: sync::Mutex<()> = sync::Mutex::const_new(());
    let alone = CROWD.lock().await;
    need_files(3000, "2000 clients").unwrap();
    alone
}

/// How much memory a process occupies, in KiB; 0 where Linux is not at hand
/// to tell.
pub fn memory(id: u32) -> u64 {
    size(id, "status", "VmRSS:")
}

/// The most that it has ever occupied, in KiB; 0 where Linux is not at hand.
pub fn peak_memory(id: u32) -> u64 {
    size(id, "status", "VmHWM:")
}

/// How much memory a process occupies, in KiB. What it shares with others, it
/// has a part of.
#[cfg(target_os = "linux")]
pub fn own_memory(id: u32) -> u64 {
    size(id, "smaps_rollup", "Pss:")
}

fn size(id: u32, file: &str, what: &str) -> u64 {
    match std::fs::read_to_string(format!("/proc/{id}/{file}")) {
        Ok(sizes) => {
            let line = sizes.lines().find(|line| line.starts_with(what));
            let size = line.and_then(|line| line.split_whitespace().nth(1));
            size.expect("a size").parse().expect("a number")
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => panic!("{error}"),
    }
}

/// A port on which nobody listens, for a server that cannot say its own.
///
/// It is below the ports that the system gives to others meanwhile, and
/// another one for each test, and each process that runs them.
pub fn free_port() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let is_free =
        |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let lowest = 15_000 + (std::process::id() % 1000) as u16 * 15;
    let next = || lowest + TAKEN.fetch_add(1, Relaxed);
    std::iter::repeat_with(next).find(is_free).unwrap()
}

/// An address that refuses connections as long as the socket is kept: it is
/// bound, so that nobody else gets it, and nobody listens on it.
pub fn nobody_listens() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let addr = socket.local_addr().unwrap();
    (socket, addr)
}

/// The address in `Listening on port 8000...`.
pub fn listening_at(line: &str) -> SocketAddr {
    address("Listening", line).unwrap_or_else(|| panic!("no port in {line:?}"))
}

/// The address in `Listening on port 8000...`, wherever in the line that stands.
fn address(who: &str, line: &str) -> Option<SocketAddr> {
    let (_, place) = line.split_once(who)?;
    let (port, _) = place.strip_prefix(" on port ")?.split_once("...")?;
    Some(SocketAddr::from(([127, 0, 0, 1], port.parse().ok()?)))
}

/// Reads lines as they come, so that a full pipe never holds up the program,
/// unless that is what a test wants.
fn lines(
    stdout: ChildStdout,
    mut may_read: watch::Receiver<bool>,
) -> (mpsc::UnboundedReceiver<String>, JoinHandle<()>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let mut lines = BufReader::new(stdout).lines();
    let reader = tokio::spawn(async move {
        while may_read.wait_for(|reads| *reads).await.is_ok()
            && let Ok(Some(line)) = lines.next_line().await
        {
            // A test may end without having read the whole log.
            let _ = sender.send(line);
        }
    });
    (receiver, reader)
}

/// Sends `message` and expects it back.
pub async fn assert_echo(socket: &mut TcpStream, message: &[u8]) {
    within("room to write", socket.write_all(message))
        .await
        .unwrap();
    let mut reply = vec![0; message.len()];
    let reading = socket.read_exact(&mut reply);
    within("the echo", reading)
        .await
        .expect("the echo comes whole");
    assert_same(&reply, message);
}

/// Reads all that still comes, to the end of the connection.
pub async fn rest(socket: &mut TcpStream) -> String {
    let mut rest = String::new();
    let reading = socket.read_to_string(&mut rest);
    within("the end", reading).await.expect("an orderly end");
    rest
}

/// Reads up to the end, and expects `word` and nothing else.
pub async fn assert_last(socket: &mut TcpStream, word: &str) {
    assert_eq!(rest(socket).await, word);
}

/// Compares long messages without printing them.
pub fn assert_same(got: &[u8], sent: &[u8]) {
    if let Some(at) = got.iter().zip(sent).position(|(a, b)| a != b) {
        panic!("byte {at} of {} came back changed", sent.len());
    }
    assert_eq!(got.len(), sent.len(), "bytes back for bytes sent");
}

/// Bytes without a pattern that a mistake could fit: the same for a `seed`.
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2) | 1;
    let byte = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    std::iter::repeat_with(byte).take(length).collect()
}
