use std::{
    collections::HashMap,
    env,
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
    process::{Child, ChildStdout, Command},
    sync::mpsc,
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
/// The reader's own `PORT` is taken away: each test says its port itself.
pub fn command(name: &str) -> Command {
    let mut command = Command::new(program(name));
    command.env_remove("PORT").kill_on_drop(true);
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
    log: mpsc::UnboundedReceiver<String>,
}

impl Server {
    /// Starts a server on a free port, and waits until it listens.
    pub async fn start() -> Server {
        Server::spawn(command("server").arg("0")).await
    }

    /// Starts the server that `command` runs, and waits until it listens.
    pub async fn spawn(command: &mut Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut log = lines(child.stdout.take().unwrap());
        let line = within("the server to listen", log.recv()).await;
        let line = line.expect("the server says that it listens");
        let addr = listening_at(&line);
        Server { child, addr, log }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The process id, as long as the server has not been stopped.
    pub fn id(&self) -> u32 {
        self.child.id().expect("the server runs")
    }

    pub async fn connect(&self) -> TcpStream {
        let connecting = TcpStream::connect(self.addr);
        within("a connection", connecting).await.unwrap()
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
        within("the server's end", self.child.wait()).await.unwrap();
        let mut rest = Vec::new();
        while let Some(line) = self.log.recv().await {
            rest.push(line);
        }
        rest
    }
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
    let port = line
        .strip_prefix("Listening on port ")
        .and_then(|rest| rest.strip_suffix("..."))
        .unwrap_or_else(|| panic!("no port in {line:?}"));
    SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()))
}

/// Reads lines as they come, so that a full pipe never holds up the program.
fn lines(stdout: ChildStdout) -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let mut lines = BufReader::new(stdout).lines();
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            // A test may end without having read the whole log.
            let _ = sender.send(line);
        }
    });
    receiver
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

/// Reads up to the end, and expects `word` and nothing else.
pub async fn assert_last(socket: &mut TcpStream, word: &str) {
    let mut last = String::new();
    let reading = socket.read_to_string(&mut last);
    within("the last word", reading).await.unwrap();
    assert_eq!(last, word);
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
