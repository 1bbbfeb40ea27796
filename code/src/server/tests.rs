//! What only a test inside the module can reach: the errors of `accept`, and
//! the loop as it would be without a task for each client.

use std::net::UdpSocket;

use super::*;
use crate::client::Client;

/// No answer takes this long. A test that waits longer has found a fault.
const DEADLINE: Duration = Duration::from_secs(10);

#[test]
fn an_aborted_connection_concerns_one_client() {
    for kind in [
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::ConnectionReset,
    ] {
        assert!(concerns_one_client(&kind.into()), "{kind}");
        assert!(!is_shortage(&kind.into()), "{kind}");
    }
}

#[cfg(unix)]
#[test]
fn files_and_memory_that_run_out_are_a_shortage() {
    for code in [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM] {
        let error = io::Error::from_raw_os_error(code);
        assert!(is_shortage(&error), "{error}");
        assert!(!concerns_one_client(&error), "{error}");
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
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let socket = TcpStream::connect(listener.local_addr()?).await?;
    let task = client_start(socket);
    let size = size_of_val(&task);
    assert!(size > BUFFER_SIZE, "{size} bytes");
    assert!(size < BUFFER_SIZE + 512, "{size} bytes");
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

/// Whether a second client is answered while a first one stays connected.
async fn answers_two_clients(
    serve: impl Future<Output = io::Result<()>> + Send + 'static,
    addr: SocketAddr,
) -> io::Result<bool> {
    let server = tokio::spawn(serve);
    let mut first = Client::connect(addr).await?;
    first.send(b"I am first").await?;

    let second = TcpStream::connect(addr).await?;
    second.writable().await?;
    second.try_write(b"I am second")?;
    // Each round trip is a chance for the server to turn to the second client.
    for _ in 0..1000 {
        first.send(b"and I stay").await?;
    }
    let answered = match second.try_read(&mut [0; 1]) {
        Ok(_) => true,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
        Err(error) => return Err(error),
    };

    server.abort();
    Ok(answered)
}

#[tokio::test]
async fn without_tasks_the_second_client_waits() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addr = listener.local_addr()?;
    let clients =
        answers_two_clients(accept_loop_without_tasks(listener), addr);
    assert!(!time::timeout(DEADLINE, clients).await??);
    Ok(())
}

#[tokio::test]
async fn with_tasks_the_second_client_does_not_wait() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addr = listener.local_addr()?;
    let clients = answers_two_clients(accept_loop(listener), addr);
    assert!(time::timeout(DEADLINE, clients).await??);
    Ok(())
}
