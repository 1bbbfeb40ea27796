//! What only a test inside the module can reach: the errors of `accept`, and
//! the loop as it would be without a task for each client.

use std::net::UdpSocket;

use super::*;
use crate::client::Client;

/// No answer takes this long. A test that waits longer has found a fault.
const DEADLINE: Duration = Duration::from_secs(10);

/// Every error that `accept` is known for, and what becomes of the server.
#[cfg(target_os = "linux")]
#[test]
fn errors_of_accept_are_told_apart() {
    let broken = [
        libc::ECONNABORTED,
        libc::ECONNRESET,
        libc::EHOSTDOWN,
        libc::EHOSTUNREACH,
        libc::EINTR,
        libc::ENETDOWN,
        libc::ENETUNREACH,
        libc::ENOPROTOOPT,
        libc::EPERM,
        libc::EPROTO,
        libc::ETIMEDOUT,
    ];
    let shortages = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];
    for code in 1..=133 {
        let error = io::Error::from_raw_os_error(code);
        assert_eq!(concerns_one_client(&error), broken.contains(&code));
        assert_eq!(is_shortage(&error), shortages.contains(&code));
    }
}

/// A datagram socket in place of a listening one makes `accept` fail in a way
/// that no waiting can mend.
#[cfg(unix)]
#[tokio::test]
async fn an_error_of_the_listening_socket_is_returned() -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_nonblocking(true)?;
    socket.send_to(b"wake up", socket.local_addr()?)?;
    let socket = std::os::fd::OwnedFd::from(socket);
    let listener = TcpListener::from_std(socket.into())?;

    let result = time::timeout(DEADLINE, accept_loop(listener)).await?;
    let error = result.unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP), "{error}");
    Ok(())
}

/// The price of a task, as the pages tell it: its buffer and a little more.
#[tokio::test]
async fn a_client_costs_little_more_than_its_buffer() -> io::Result<()> {
    /// What the future may hold besides, in bytes.
    const OVERHEAD: usize = 512;

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let socket = TcpStream::connect(listener.local_addr()?).await?;
    let task = client_start(socket);
    let size = size_of_val(&task);
    assert!(size > BUFFER_SIZE, "{size} bytes");
    assert!(size <= BUFFER_SIZE + OVERHEAD, "{size} bytes");
    Ok(())
}

/// The server of the first drawing: it serves each client itself, to the end,
/// before it accepts the next.
async fn accept_loop_without_tasks(listener: TcpListener) -> io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        client_start(socket).await;
    }
}

/// Has a second client speak while a first one stays connected. Returns both,
/// and whether the second has been answered.
async fn two_clients(
    serve: impl Future<Output = io::Result<()>> + Send + 'static,
    addr: SocketAddr,
) -> io::Result<(Client, TcpStream, bool)> {
    tokio::spawn(serve);
    let mut first = Client::connect(addr).await?;
    first.send(b"I am first").await?;

    let mut second = TcpStream::connect(addr).await?;
    second.write_all(b"I am second").await?;
    // Each round trip is a chance for the server to turn to the second client.
    for _ in 0..1000 {
        first.send(b"and I stay").await?;
    }
    let answer = time::timeout(Duration::ZERO, second.readable()).await;
    let answered = answer.is_ok();
    Ok((first, second, answered))
}

async fn listen() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

#[tokio::test]
async fn without_tasks_the_second_client_waits() -> io::Result<()> {
    let (listener, addr) = listen().await?;
    let clients = two_clients(accept_loop_without_tasks(listener), addr);
    let (first, mut second, answered) =
        time::timeout(DEADLINE, clients).await??;
    assert!(!answered);

    first.close().await?;
    let mut echo = [0; 11];
    time::timeout(DEADLINE, second.read_exact(&mut echo)).await??;
    assert_eq!(&echo, b"I am second");
    Ok(())
}

#[tokio::test]
async fn with_tasks_the_second_client_does_not_wait() -> io::Result<()> {
    let (listener, addr) = listen().await?;
    let clients = two_clients(accept_loop(listener), addr);
    let (first, _, answered) = time::timeout(DEADLINE, clients).await??;
    assert!(answered);
    first.close().await
}
