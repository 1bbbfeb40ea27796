//! What the tests of the exercises share: a client that explains what it
//! missed, and a limit to every wait.

use std::{
    fmt::Display,
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};

/// No answer of a working exercise takes this long.
pub const LIMIT: Duration = Duration::from_secs(2);

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
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    (listener, addr)
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
        let task = Some(tokio::spawn(serve(listener)));
        Server { addr, task }
    }

    /// Connects a client.
    pub async fn connect(&self) -> Client<TcpStream> {
        let connecting = TcpStream::connect(self.addr);
        let socket = within("a connection to your server", connecting).await;
        let socket = socket.expect("your server accepts a connection");
        socket.set_nodelay(true).expect("the socket is open");
        Client::new(socket)
    }

    /// Whether the server has not ended.
    pub fn is_running(&self) -> bool {
        self.task.as_ref().is_some_and(|task| !task.is_finished())
    }

    /// Waits for the server's end, and returns what it returned.
    pub async fn end(mut self) -> T {
        let task = self.task.take().expect("it is taken once");
        within("the end of your server", task)
            .await
            .expect("it does not panic")
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
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// A client at the other end of `socket`.
    pub fn new(socket: S) -> Client<S> {
        let sent = Vec::new();
        Client { socket, sent }
    }

    /// Sends all of `bytes`.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.sent = bytes.to_vec();
        let what = format!("room to send {}", show(bytes));
        let writing = self.socket.write_all(bytes);
        if let Err(error) = within(what, writing).await {
            panic!("sending {} to your code failed: {error}", show(bytes));
        }
    }

    /// Reads as many bytes as `expected` has, which must be these.
    pub async fn expect(&mut self, expected: impl AsRef<[u8]>) {
        let expected = expected.as_ref();
        let mut got = Vec::new();
        let start = Instant::now();
        while got.len() < expected.len() {
            let mut buffer = vec![0; expected.len() - got.len()];
            let reading = self.socket.read(&mut buffer);
            let left = LIMIT.saturating_sub(start.elapsed());
            let ended = match timeout(left, reading).await {
                Ok(Ok(0)) => "and then your code closed the connection",
                Ok(Ok(length)) => {
                    got.extend_from_slice(&buffer[..length]);
                    if expected.starts_with(&got) {
                        continue;
                    }
                    "which is something else"
                }
                Ok(Err(error)) => panic!(
                    "the client sent {}\n and expected {},\n and the \
                     connection broke: {error}",
                    show(&self.sent),
                    show(expected)
                ),
                Err(_) => "and then nothing more came",
            };
            panic!(
                "the client sent {}\n and expected {}\n      and got {}, {ended}",
                show(&self.sent),
                show(expected),
                show(&got)
            );
        }
    }

    /// Expects that the connection is closed from the other side, with nothing
    /// more to read.
    pub async fn expect_end(&mut self) {
        let mut rest = Vec::new();
        let reading = self.socket.read_to_end(&mut rest);
        let end = within("the end of the connection", reading).await;
        assert!(
            end.is_ok() && rest.is_empty(),
            "the client expected the end of the connection and got {}{}",
            show(&rest),
            end.err()
                .map_or(String::new(), |error| format!(", then {error}"))
        );
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
