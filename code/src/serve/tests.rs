//! The loop: what ends it, and what does not.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

#[cfg(target_os = "linux")]
use nix::libc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::oneshot,
    time::{Duration, timeout},
};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::admission::Queue;

/// No answer takes this long. A test that waits longer has found a fault.
const DEADLINE: Duration = Duration::from_secs(10);

type Outcome = Result<(), Box<dyn Error>>;

async fn listen() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

/// Says hello, and sends back whatever comes.
async fn greet((mut socket, _): (TcpStream, SocketAddr)) {
    let (mut from_client, mut to_client) = socket.split();
    if to_client.write_all(b"hello").await.is_ok() {
        let _ = tokio::io::copy(&mut from_client, &mut to_client).await;
    }
}

async fn expect(client: &mut TcpStream, wanted: &[u8]) -> Outcome {
    let mut got = vec![0; wanted.len()];
    timeout(DEADLINE, client.read_exact(&mut got)).await??;
    assert_eq!(got, wanted);
    Ok(())
}

/// A client that has been greeted.
async fn visit(addr: SocketAddr) -> Result<TcpStream, Box<dyn Error>> {
    let mut client = TcpStream::connect(addr).await?;
    expect(&mut client, b"hello").await?;
    Ok(client)
}

async fn is_closed(addr: SocketAddr) -> bool {
    let error = TcpStream::connect(addr).await.err();
    error.map(|error| error.kind()) == Some(io::ErrorKind::ConnectionRefused)
}

/// Time passes only when everybody waits, so a pause is exact.
#[cfg(target_os = "linux")]
async fn pause_after(code: i32) -> io::Result<Duration> {
    let start = time::Instant::now();
    pass_over(io::Error::from_raw_os_error(code)).await?;
    Ok(start.elapsed())
}

/// What accept(2) names and says nothing of the socket.
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
        assert_eq!(pause_after(code).await.ok(), Some(ACCEPT_PAUSE), "{code}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn who_broke_off_is_not_waited_for() {
    for code in [libc::ECONNABORTED, libc::ECONNRESET] {
        let pause = pause_after(code).await.ok();
        assert_eq!(pause, Some(Duration::ZERO), "{code}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(start_paused = true)]
async fn what_does_not_pass_is_an_error() {
    let error = pause_after(libc::EINVAL).await.unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
}

/// A socket that is bound and does not listen.
#[cfg(unix)]
#[tokio::test]
async fn a_socket_that_does_not_listen_ends_it() -> Outcome {
    use std::os::fd::AsFd;

    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind("127.0.0.1:0".parse()?)?;
    let instead = socket.as_fd().try_clone_to_owned()?;
    let listener = TcpListener::from_std(instead.into())?;
    let ended = timeout(DEADLINE, serve(listener, greet).run()).await?;
    assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    Ok(())
}

#[tokio::test]
async fn a_stop_closes_the_port_and_leaves_conversations_going() -> Outcome {
    let (listener, addr) = listen().await?;
    let (stop, stopped) = oneshot::channel();
    let server = serve(listener, greet).with_graceful_shutdown(stopped);
    let running = tokio::spawn(server.run());
    let mut client = visit(addr).await?;

    stop.send("the reason").unwrap();
    let reason = timeout(DEADLINE, running).await???;
    assert_eq!(reason, Ok("the reason"));
    assert!(is_closed(addr).await);
    for _ in 0..10 {
        client.write_all(b"still here").await?;
        expect(&mut client, b"still here").await?;
    }
    Ok(())
}

/// There is always one waiting, so the loop never comes to rest.
#[tokio::test]
async fn a_stop_is_heard_between_two_clients() {
    /// Clients come as long as anybody asks.
    struct Rush;

    impl Listener for Rush {
        type Client = ();

        async fn accept(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    for last in [0, 1, 2, 100] {
        let stop = CancellationToken::new();
        let mut came = 0;
        let handler = |()| {
            came += 1;
            if came == last {
                stop.cancel();
            }
            future::ready(())
        };
        if last == 0 {
            stop.cancel();
        }
        let server = serve(Rush, handler);
        let running = server.with_graceful_shutdown(stop.cancelled()).run();
        timeout(DEADLINE, running).await.unwrap().unwrap();
        assert_eq!(came, last);
    }
}

#[tokio::test]
async fn who_is_tracked_is_counted() -> Outcome {
    let (listener, addr) = listen().await?;
    let tasks = TaskTracker::new();
    let running = tokio::spawn(serve(listener, greet).tracked_by(&tasks).run());
    let mut clients = Vec::new();
    for count in 1..=5 {
        clients.push(visit(addr).await?);
        assert_eq!(tasks.len(), count);
    }
    tasks.close();
    assert!(timeout(Duration::ZERO, tasks.wait()).await.is_err());
    drop(clients);
    timeout(DEADLINE, tasks.wait()).await?;
    assert_eq!(tasks.len(), 0);
    running.abort();
    Ok(())
}

/// The order in which both are said must not matter.
#[tokio::test]
async fn who_is_tracked_is_counted_by_a_server_that_can_be_stopped() -> Outcome
{
    for tracked_first in [true, false] {
        let (listener, addr) = listen().await?;
        let tasks = TaskTracker::new();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = serve(listener, greet);
        let server = match tracked_first {
            true => server.tracked_by(&tasks).with_graceful_shutdown(stopped),
            false => server.with_graceful_shutdown(stopped).tracked_by(&tasks),
        };
        let running = tokio::spawn(server.run());
        let client = visit(addr).await?;
        assert_eq!(tasks.len(), 1);
        stop.send(()).unwrap();
        timeout(DEADLINE, running).await???.unwrap();
        assert_eq!(tasks.len(), 1);
        tasks.close();
        drop(client);
        timeout(DEADLINE, tasks.wait()).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_dropped_closes_its_port() -> Outcome {
    let (listener, addr) = listen().await?;
    let mut running = Box::pin(serve(listener, greet).run());
    let mut client = tokio::select! {
        client = visit(addr) => client?,
        _ = &mut running => panic!("nobody has stopped it"),
    };
    assert!(!is_closed(addr).await);
    drop(running);
    assert!(is_closed(addr).await);
    client.write_all(b"still here").await?;
    expect(&mut client, b"still here").await
}

/// A client whose handler panics is alone in that.
#[tokio::test]
async fn a_panic_ends_only_its_own_conversation() -> Outcome {
    let (listener, addr) = listen().await?;
    let came = AtomicUsize::new(0);
    let handler = move |client| {
        let nth = came.fetch_add(1, Ordering::Relaxed);
        async move {
            assert_ne!(nth, 0, "this one is meant");
            greet(client).await
        }
    };
    let running = tokio::spawn(serve(listener, handler).run());
    let mut first = TcpStream::connect(addr).await?;
    let read = timeout(DEADLINE, first.read_u8()).await?;
    assert_eq!(read.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    visit(addr).await?;
    running.abort();
    Ok(())
}

/// What has become of a client.
#[derive(PartialEq, Eq)]
enum Fate {
    /// It was greeted.
    Served,
    /// It had not come, or waited in the queue.
    TurnedAway,
}

/// A client that was accepted and is not served sees an orderly end. One that
/// waits in the queue of a socket that is closed is reset.
///
/// Linux forgets to tell one whose connection was made in the very moment in
/// which the socket was closed. It learns so when it speaks.
async fn fate(addr: SocketAddr) -> Fate {
    /// Nobody has said anything for so long.
    const SILENCE: Duration = Duration::from_secs(1);

    let Ok(mut client) = TcpStream::connect(addr).await else {
        return Fate::TurnedAway;
    };
    let mut word = [0; 5];
    let read = match timeout(SILENCE, client.read(&mut word)).await {
        Ok(read) => read,
        Err(_) => match client.write_all(b"anybody?").await {
            Ok(()) => client.read(&mut word).await,
            Err(error) => Err(error),
        },
    };
    match read {
        Ok(0) => panic!("a client was lost"),
        Ok(_) => Fate::Served,
        Err(_) => Fate::TurnedAway,
    }
}

/// Stops while clients come, and compares what both sides say of it.
async fn race<L>(listener: L, addr: SocketAddr, round: u64) -> Outcome
where
    L: Listener<Client: Into<Greeted>> + Send + 'static,
{
    let served = Arc::new(AtomicUsize::new(0));
    let (stop, stopped) = oneshot::channel::<()>();
    let counter = served.clone();
    let handler = move |client: L::Client| {
        counter.fetch_add(1, Ordering::Relaxed);
        let Greeted(mut socket) = client.into();
        async move {
            let _ = socket.write_all(b"hello").await;
        }
    };
    let server = serve(listener, handler).with_graceful_shutdown(stopped);
    let running = tokio::spawn(server.run());
    let clients: Vec<_> = (0..10).map(|_| tokio::spawn(fate(addr))).collect();
    // Another moment in each round, between the first client and the last.
    for _ in 0..round {
        tokio::task::yield_now().await;
    }
    stop.send(()).unwrap();
    timeout(DEADLINE, running).await???.unwrap();
    let mut greeted = 0;
    for client in clients {
        let fate = timeout(DEADLINE, client).await??;
        greeted += usize::from(fate == Fate::Served);
    }
    assert_eq!(greeted, served.load(Ordering::Relaxed));
    Ok(())
}

/// The socket of a client, whichever listener it is from.
struct Greeted(TcpStream);

impl From<(TcpStream, SocketAddr)> for Greeted {
    fn from((socket, _): (TcpStream, SocketAddr)) -> Greeted {
        Greeted(socket)
    }
}

impl<P> From<((TcpStream, SocketAddr), P)> for Greeted {
    fn from(((socket, _), _): ((TcpStream, SocketAddr), P)) -> Greeted {
        Greeted(socket)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_client_is_lost_when_the_stop_comes() -> Outcome {
    for round in 0..100 {
        let (listener, addr) = listen().await?;
        race(listener, addr, round).await?;
        let (listener, addr) = listen().await?;
        race(Queue::new(listener, 3), addr, round).await?;
    }
    Ok(())
}
