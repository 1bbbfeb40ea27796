use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
    time::timeout,
};

use super::*;

/// No wait of a working server takes this long.
const LONG: Duration = Duration::from_secs(10);

/// What the system is to keep for each side, in each direction. It keeps up to
/// twice as much.
const KEPT: u32 = 64 << 10;

/// A socket for which the system keeps little. Whoever is accepted from it has
/// one of the same kind.
fn small() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(KEPT).unwrap();
    socket.set_recv_buffer_size(KEPT).unwrap();
    socket
}

/// A client, and the server's side of it.
async fn pair() -> (TcpStream, TcpStream) {
    let server = small();
    server.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = server.listen(QUEUE).unwrap();
    let addr = listener.local_addr().unwrap();
    let client = small().connect(addr).await.unwrap();
    (client, listener.accept().await.unwrap().0)
}

/// A client, and a task that answers it.
async fn connected() -> (TcpStream, JoinHandle<io::Result<()>>) {
    let (client, mut socket) = pair().await;
    let ending = tokio::spawn(async move { echo(&mut socket).await });
    (client, ending)
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(LONG, future).await.expect("it takes too long")
}

/// A reference to the socket, what the system has not taken, and the state of
/// writing it.
const LITTLE: usize = 128;

#[tokio::test]
async fn a_future_that_waits_has_no_buffer() {
    let (_, mut socket) = pair().await;
    let size = size_of_val(&echo(&mut socket));
    assert!(size <= LITTLE, "{size} bytes");
}

/// As what it was given, and as its own.
async fn client(mut socket: TcpStream) -> io::Result<()> {
    echo(&mut socket).await
}

#[tokio::test]
async fn an_async_function_holds_twice_what_a_block_holds_once() {
    let (_, mut socket) = pair().await;
    let block = async move { echo(&mut socket).await };
    let (_, socket) = pair().await;
    let difference = size_of_val(&client(socket)) - size_of_val(&block);
    let twice = difference >= size_of::<TcpStream>();
    assert!(twice, "the compiler has learnt it: the page must change");
}

/// More than the system keeps for somebody who does not read.
const TOO_MUCH: usize = 1 << 20;

#[tokio::test]
async fn a_client_who_does_not_read_loses_nothing() {
    let (mut slow, _) = connected().await;
    let (mut other, _) = connected().await;
    let sent: Vec<u8> = (0..TOO_MUCH).map(|at| (at % 251) as u8).collect();
    let (mut reading, mut writing) = slow.split();
    let talking = async {
        let mut heard = [0; 5];
        for _ in 0..1000 {
            other.write_all(b"hello").await.unwrap();
            other.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"hello");
        }
    };
    let mut talking = std::pin::pin!(talking);
    let mut writing = std::pin::pin!(async {
        writing.write_all(&sent).await.unwrap();
        writing.shutdown().await.unwrap();
    });
    // Nobody reads what comes back, so the server cannot take all.
    within(async {
        tokio::select! {
            () = &mut writing => panic!("the system keeps all of it"),
            () = &mut talking => (),
        }
    })
    .await;
    let mut heard = Vec::new();
    within(async { tokio::join!(writing, reading.read_to_end(&mut heard)) })
        .await
        .1
        .unwrap();
    assert!(heard == sent, "{} bytes came back", heard.len());
}

#[tokio::test]
async fn whoever_closes_its_side_gets_the_rest() {
    let (mut client, ending) = connected().await;
    client.write_all(b"goodbye").await.unwrap();
    client.shutdown().await.unwrap();
    let mut heard = Vec::new();
    within(client.read_to_end(&mut heard)).await.unwrap();
    assert_eq!(heard, b"goodbye");
    within(ending).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_wire_that_breaks_is_an_error() {
    let (client, ending) = connected().await;
    client.set_zero_linger().unwrap();
    drop(client);
    within(ending).await.unwrap().unwrap_err();
}

#[cfg(unix)]
#[test]
fn a_port_is_shared_by_all_who_say_so() {
    let first = Core::listen(0, true).unwrap();
    let port = first.addr().unwrap().port();
    let second = Core::listen(port, true).unwrap();
    assert_eq!(second.addr().unwrap().port(), port);
    let taken = Core::listen(port, false).unwrap_err();
    assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
}

/// More than fit into the queue that `TcpListener::bind` asks for.
#[cfg(target_os = "linux")]
const MANY: usize = 400;

/// They connect, and nobody accepts them. Linux lets in one more than the
/// queue is long.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn many_clients_fit_into_the_queue() {
    let allowed = std::fs::read_to_string("/proc/sys/net/core/somaxconn");
    let allowed: usize = allowed.unwrap().trim().parse().unwrap();
    assert!(allowed >= MANY, "net.core.somaxconn is {allowed}");
    let listener = listen(0, false).unwrap();
    let addr = listener.local_addr().unwrap();
    let mut clients = Vec::new();
    for _ in 0..MANY {
        let client = within(TcpStream::connect(addr)).await;
        clients.push(client.unwrap());
    }
}
