//! What the tests of the exercises share: a client that explains what it
//! missed, and a limit to every wait.

pub mod by_hand;
pub mod counted;

use std::{
    fmt::Display,
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc::UnboundedReceiver,
    task::JoinHandle,
    time::timeout,
};

/// No answer of a working exercise takes this long.
pub const LIMIT: Duration = Duration::from_secs(2);

/// How long a client listens on when it has heard something wrong, so that its
/// report is not cut off in the middle.
const MOMENT: Duration = Duration::from_millis(50);

/// Waits for `future`, and fails with `what` was waited for when it takes
/// longer than [`LIMIT`].
pub async fn within<T>(
    what: impl Display,
    future: impl Future<Output = T>,
) -> T {
    match timeout(LIMIT, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} did not happen in {LIMIT:?}"),
    }
}

/// A listener on a free port of this machine.
pub async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("this machine has no free port");
    let addr = listener.local_addr().expect("the listener has no address");
    (listener, addr)
}

/// What comes through the channel `name`, when the client has done `deed`.
pub async fn told<T>(
    name: &str,
    channel: &mut UnboundedReceiver<T>,
    deed: &str,
) -> T {
    match timeout(LIMIT, channel.recv()).await {
        Ok(Some(value)) => value,
        Ok(None) => {
            panic!("{deed}; nobody holds a sender of `{name}` any more")
        }
        Err(_) => panic!("{deed}; nothing came through `{name}` in {LIMIT:?}"),
    }
}

/// A server that runs in a task, and ends when this is dropped.
#[derive(Debug)]
pub struct Server<T> {
    /// Where it listens.
    pub addr: SocketAddr,
    task: Option<JoinHandle<T>>,
}

impl<T: Send + 'static> Server<T> {
    /// Runs the future that `serve` makes of a listener.
    pub async fn start<F>(serve: impl FnOnce(TcpListener) -> F) -> Server<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let (listener, addr) = listen().await;
        Server::start_at(addr, || serve(listener))
    }

    /// Runs the future that `serve` makes, which listens at `addr`.
    pub fn start_at<F>(addr: SocketAddr, serve: impl FnOnce() -> F) -> Server<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let task = Some(tokio::spawn(serve()));
        Server { addr, task }
    }

    /// Connects a client.
    pub async fn connect(&self) -> Client<TcpStream> {
        let connecting = TcpStream::connect(self.addr);
        let socket = within("a connection to your server", connecting).await;
        let socket = socket.unwrap_or_else(|error| {
            panic!("nobody listens any more: has `serve` returned? ({error})")
        });
        let delay = socket.set_nodelay(true);
        delay.expect("the client's socket cannot be set up");
        Client::new(socket)
    }

    /// Whether the server has not ended.
    pub fn is_running(&self) -> bool {
        self.task.as_ref().is_some_and(|task| !task.is_finished())
    }

    /// Waits for the server's end, which must come after this `deed`, and
    /// returns what it returned.
    pub async fn end(mut self, deed: &str) -> T {
        let task = self.task.take().expect("the server has ended before");
        let what = format!("{deed}; the end of `serve`");
        let ended = within(what, task).await;
        ended
            .unwrap_or_else(|error| panic!("`serve` did not end well: {error}"))
    }
}

impl<T> Drop for Server<T> {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// One end of a connection, which says what it expects in words.
#[derive(Debug)]
pub struct Client<S> {
    /// The connection itself.
    pub socket: S,
    /// What was sent last.
    sent: Vec<u8>,
    /// What has come back for it, as expected.
    heard: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// A client at the other end of `socket`.
    pub fn new(socket: S) -> Client<S> {
        let (sent, heard) = (Vec::new(), Vec::new());
        Client {
            socket,
            sent,
            heard,
        }
    }

    /// Sends all of `bytes`.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.sent = bytes.to_vec();
        self.heard.clear();
        let what = format!("room to send {}", show(bytes));
        let writing = self.socket.write_all(bytes);
        if let Err(error) = within(what, writing).await {
            panic!("sending {} to your code failed: {error}", show(bytes));
        }
    }

    /// Reads as many bytes as `expected` has, which must be these.
    pub async fn expect(&mut self, expected: impl AsRef<[u8]>) {
        let deed = self.deed();
        self.expect_when(&deed, expected).await;
    }

    /// Like [`Client::expect`], when more has happened than that this client
    /// has sent something: the `deed`.
    pub async fn expect_when(
        &mut self,
        deed: &str,
        expected: impl AsRef<[u8]>,
    ) {
        let expected = expected.as_ref();
        let mut got = Vec::new();
        let start = Instant::now();
        while got.len() < expected.len() {
            let most = expected.len() - got.len();
            let left = LIMIT.saturating_sub(start.elapsed());
            let what = match self.read(&mut got, most, left).await {
                Next::Bytes if expected.starts_with(&got) => continue,
                Next::Bytes => {
                    self.read_on(&mut got).await;
                    "which is something else".to_owned()
                }
                Next::End => "then the end of the connection".to_owned(),
                Next::Broken(error) => {
                    format!("then the connection broke: {error}")
                }
                Next::Silence => format!("and waited {LIMIT:?} for more"),
            };
            panic!(
                "{deed}\n and expected {}\n      and got {}, {what}",
                show(expected),
                show(&got)
            );
        }
        self.heard = got;
    }

    /// Expects that the connection is closed from the other side, with nothing
    /// more to read.
    pub async fn expect_end(&mut self) {
        let mut got = Vec::new();
        let what = match self.read(&mut got, 1, LIMIT).await {
            Next::End => return,
            Next::Silence => "and the connection stayed open".to_owned(),
            Next::Broken(error) => format!("and the connection broke: {error}"),
            Next::Bytes => match self.read_on(&mut got).await {
                Next::End => "and only then the end".to_owned(),
                Next::Broken(error) => {
                    format!("then the connection broke: {error}")
                }
                _ => "and the connection stayed open".to_owned(),
            },
        };
        panic!(
            "{}\n and expected the end of the connection\n      and got {}, \
             {what}",
            self.deed(),
            show(&got)
        );
    }

    /// Reads up to `most` bytes, and waits no longer than `limit`.
    async fn read(
        &mut self,
        got: &mut Vec<u8>,
        most: usize,
        limit: Duration,
    ) -> Next {
        let mut buffer = vec![0; most];
        match timeout(limit, self.socket.read(&mut buffer)).await {
            Ok(Ok(0)) => Next::End,
            Ok(Ok(length)) => {
                got.extend_from_slice(&buffer[..length]);
                Next::Bytes
            }
            Ok(Err(error)) => Next::Broken(error),
            Err(_) => Next::Silence,
        }
    }

    /// Reads what else arrives within a moment, and returns how that ended.
    async fn read_on(&mut self, got: &mut Vec<u8>) -> Next {
        let start = Instant::now();
        loop {
            let left = MOMENT.saturating_sub(start.elapsed());
            match self.read(got, 1024, left).await {
                Next::Bytes if start.elapsed() < MOMENT => {}
                next => return next,
            }
        }
    }

    /// What the client has done, as far as it matters.
    fn deed(&self) -> String {
        let sent = show(&self.sent);
        match self.heard.is_empty() {
            true => format!("the client sent {sent}"),
            false => {
                format!("the client sent {sent}, got {},", show(&self.heard))
            }
        }
    }

    /// Sends `bytes` and expects `reply`.
    pub async fn ask(
        &mut self,
        bytes: impl AsRef<[u8]>,
        reply: impl AsRef<[u8]>,
    ) {
        self.send(bytes).await;
        self.expect(reply).await;
    }

    /// Says that no more will be sent, and stays to listen.
    pub async fn finish(&mut self) {
        let closing = self.socket.shutdown();
        // The other side may have gone already, and has nothing to learn.
        let _: io::Result<()> = within("the half-close", closing).await;
    }
}

/// What a client meets when it reads.
enum Next {
    Bytes,
    End,
    Broken(io::Error),
    Silence,
}

impl Client<TcpStream> {
    /// Breaks off: the other side reads an error, and not the end.
    pub fn reset(self) {
        let lingering = self.socket.set_zero_linger();
        lingering.expect("the client's socket cannot be reset");
    }
}

/// Bytes as a person can read them: long ones cut, others in quotation marks.
pub fn show(bytes: &[u8]) -> String {
    const MOST: usize = 60;
    match bytes.len() {
        0 => "nothing".to_owned(),
        length if length <= MOST => format!("\"{}\"", bytes.escape_ascii()),
        length => {
            let begin = bytes[..MOST].escape_ascii();
            format!("\"{begin}…\" ({length} bytes)")
        }
    }
}
