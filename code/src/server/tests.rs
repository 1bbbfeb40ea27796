//! What only a test inside the module can reach: the errors of `accept`, and
//! the loop as it would be without a task for each client.

#[cfg(target_os = "linux")]
use nix::libc;
use tokio::time::Instant;

use super::*;
use crate::client::Client;

/// No answer takes this long. A test that waits longer has found a fault.
const DEADLINE: Duration = Duration::from_secs(10);

/// A socket that is bound and does not listen.
#[cfg(unix)]
#[tokio::test]
async fn a_socket_that_does_not_listen_ends_the_loop() -> io::Result<()> {
    use std::os::fd::AsFd;

    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let instead = socket.as_fd().try_clone_to_owned()?;
    let listener = TcpListener::from_std(instead.into())?;
    let ended = time::timeout(DEADLINE, accept_loop(listener)).await?;
    assert!(says_that_nobody_listens(&ended.unwrap_err()));
    Ok(())
}

/// Time passes only when everybody waits, so a pause is exact.
async fn pause_after(error: io::Error) -> Duration {
    let start = Instant::now();
    let message = format!("{error} ends the loop");
    pass_over(error).await.expect(&message);
    start.elapsed()
}

/// The errors that accept(2) names and that say nothing of the socket. Few of
/// them can be brought about on one machine.
#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn what_passes_is_waited_for() {
    for code in [
        libc::EHOSTDOWN,
        libc::EHOSTUNREACH,
        libc::EINTR,
        libc::EMFILE,
        libc::ENETDOWN,
        libc::ENETUNREACH,
        libc::ENFILE,
        libc::ENOBUFS,
        libc::ENOMEM,
        libc::ENONET,
        libc::ENOPROTOOPT,
        libc::EOPNOTSUPP,
        libc::EPERM,
        libc::EPROTO,
        libc::ETIMEDOUT,
    ] {
        let error = io::Error::from_raw_os_error(code);
        assert_eq!(pause_after(error).await, ACCEPT_PAUSE, "{code}");
    }
}

/// Whoever breaks off in the queue again and again must not slow the others.
#[tokio::test(start_paused = true)]
async fn who_broke_off_is_not_waited_for() {
    for kind in [
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::ConnectionReset,
    ] {
        assert_eq!(pause_after(kind.into()).await, Duration::ZERO, "{kind}");
    }
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
