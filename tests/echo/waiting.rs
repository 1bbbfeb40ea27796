use std::{
    future::ready,
    io,
    net::SocketAddr,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::{TcpListener, TcpSocket, TcpStream},
    process::{Child, ChildStdout},
    runtime::{Builder, Runtime},
    select,
};

use crate::support::{command, listening_at, within};

/// What the pages say of turns: who gives way, and who keeps the others waiting.
mod turns;

/// What the pages say of tasks that share something, and of places.
mod sharing;

/// What the pages say of channels.
mod channels;

/// What the pages say of choices, and of futures that stay put.
mod choices;

/// What must not happen does not happen in this time.
const MOMENT: Duration = Duration::from_millis(200);

const SECOND: Duration = Duration::from_secs(1);

/// Whether a task that is ready gets a turn while `first` runs, on one thread.
async fn gives_way(first: impl Future) -> bool {
    let second_ran = Arc::new(AtomicBool::new(false));
    let seen = second_ran.clone();
    tokio::spawn(async move { second_ran.store(true, SeqCst) });
    first.await;
    seen.load(SeqCst)
}

/// Looks at a future once, and drops it if it is not done.
async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    select! {
        biased;
        value = future => Some(value),
        () = ready(()) => None,
    }
}

fn two_threads() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

async fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let ours = within("a connection", TcpStream::connect(addr)).await;
    let theirs = within("a client", listener.accept()).await;
    (ours.unwrap(), theirs.unwrap().0)
}

/// A server whose log is in the hands of its test.
async fn serve(
    variables: &[(&str, &str)],
) -> (Child, BufReader<ChildStdout>, SocketAddr) {
    let mut command = command("server");
    command.arg("0").envs(variables.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut log = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    within("a line", log.read_line(&mut line)).await.unwrap();
    (child, log, listening_at(line.trim_end()))
}

/// The first to close keeps the address, and `TcpListener::bind` gets it
/// nevertheless.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_address_is_in_use_for_who_does_not_ask_to_reuse_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(addr).await.unwrap();
    let (socket, _) = within("a client", listener.accept()).await.unwrap();
    drop((socket, listener));
    let mut byte = [0];
    let reading = client.read(&mut byte);
    assert_eq!(within("the end", reading).await.unwrap(), 0);
    drop(client);

    let forgets = TcpSocket::new_v4().unwrap();
    let error = forgets.bind(addr).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    TcpListener::bind(addr).await.unwrap();
}
