//! `talk` with inputs and outputs that no terminal has.

use std::{
    net::Ipv4Addr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, BufReader, ReadBuf, duplex},
    net::{TcpListener, TcpStream},
    time,
};

use super::*;
use crate::server;

const DEADLINE: Duration = Duration::from_secs(30);

async fn within<T>(future: impl Future<Output = io::Result<T>>) -> T {
    time::timeout(DEADLINE, future).await.unwrap().unwrap()
}

/// Time enough for a client that reads on to show it.
const A_MOMENT: Duration = Duration::from_millis(100);

/// A client, and the other end of its connection.
async fn connected() -> (Client, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let client = within(Client::connect(addr)).await;
    let (server, _) = within(listener.accept()).await;
    (client, server)
}

/// The server does not read on before its answers are read. A client that
/// writes all before it reads waits for ever.
#[tokio::test]
async fn a_line_larger_than_all_buffers_comes_back() {
    let server = server::start(0).await.unwrap();
    let mut client = within(Client::connect(server.addr())).await;
    let line = vec![b'x'; 64 * 1024 * 1024];
    let mut output = Vec::new();
    let ended = within(talk(&mut client, &*line, &mut output)).await;
    assert_eq!(ended, Ended::Closed);
    assert_eq!(output.len(), line.len());
}

#[tokio::test]
async fn what_comes_before_a_reload_is_sent_and_nothing_after_it() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let mut client = within(Client::connect(addr)).await;
    let (mut server, _) = within(listener.accept()).await;
    let mut input = &b"one\ntwo\n:reload\nthree\n"[..];

    let ended = within(talk(&mut client, &mut input, Vec::new())).await;
    assert_eq!(ended, Ended::Reload);
    assert_eq!(input, b"three\n");
    drop(client);
    let mut got = Vec::new();
    within(server.read_to_end(&mut got)).await;
    assert_eq!(got, b"one\ntwo\n");
}

/// The server speaks while half a line is typed, and then the input ends. What
/// was read before the interruption is not forgotten.
#[tokio::test]
async fn half_a_line_at_the_end_of_the_input_is_sent() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let mut client = within(Client::connect(addr)).await;
    let (mut server, _) = within(listener.accept()).await;
    // A byte can be typed only when the one before it has been read.
    let (mut keyboard, input) = duplex(1);
    let (output, mut screen) = duplex(1);

    let talking = talk(&mut client, BufReader::new(input), output);
    let playing = async {
        keyboard.write_all(b"half").await?;
        server.write_all(b"!").await?;
        screen.read_u8().await?;
        drop(keyboard);
        let mut got = Vec::new();
        server.read_to_end(&mut got).await?;
        drop(server);
        Ok(got)
    };
    let (ended, got) =
        within(async { tokio::try_join!(talking, playing) }).await;
    assert_eq!(ended, Ended::Closed);
    assert_eq!(got, b"half");
}

#[tokio::test]
async fn the_next_line_is_not_read_before_the_last_is_sent() {
    let (mut client, server) = connected().await;
    // More than the buffers on the way hold, and nobody reads it.
    let mut input = vec![b'x'; 64 * 1024 * 1024];
    input.extend(b"\nnext\n");
    let mut input = &*input;
    within(async {
        tokio::select! {
            ended = talk(&mut client, &mut input, Vec::new()) => {
                panic!("{ended:?}")
            }
            moment = async {
                server.readable().await?;
                time::sleep(A_MOMENT).await;
                Ok(())
            } => moment,
        }
    })
    .await;
    assert_eq!(input, b"next\n");
}

#[tokio::test]
async fn a_reload_closes_nothing() {
    let (mut client, mut server) = connected().await;
    let ended = within(talk(&mut client, &b":reload\n"[..], Vec::new())).await;
    assert_eq!(ended, Ended::Reload);
    let talking = talk(&mut client, &b"after\n"[..], Vec::new());
    let playing = async {
        let mut got = Vec::new();
        server.read_to_end(&mut got).await?;
        drop(server);
        Ok(got)
    };
    let (_, got) = within(async { tokio::try_join!(talking, playing) }).await;
    assert_eq!(got, b"after\n");
}

/// An input that has ended, and must not be asked again.
struct Over(bool);

impl AsyncRead for Over {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context,
        _: &mut ReadBuf,
    ) -> Poll<io::Result<()>> {
        assert!(!self.0, "it is asked again");
        self.0 = true;
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn an_input_that_has_ended_is_not_read_again() {
    let (mut client, mut server) = connected().await;
    let input = BufReader::new(Over(false));
    let mut output = Vec::new();
    let talking = talk(&mut client, input, &mut output);
    let playing = async {
        server.read_to_end(&mut Vec::new()).await?;
        server.write_all(b"still heard").await?;
        drop(server);
        Ok(())
    };
    within(async { tokio::try_join!(talking, playing) }).await;
    assert_eq!(output, b"still heard");
}

/// The socket goes from one owner to the next by its number, as it does from
/// one program to the next.
#[cfg(unix)]
#[tokio::test]
async fn what_nobody_has_read_is_there_for_the_next_program() {
    use std::os::fd::{AsFd, IntoRawFd};

    use crate::process::Kept;

    let (client, mut server) = connected().await;
    within(server.write_all(b"unread")).await;
    within(client.socket.readable()).await;
    std::mem::forget(Kept::new([client.socket.as_fd()]).unwrap());
    let number = client.socket.into_std().unwrap().into_raw_fd();

    let mut client = resume(number).unwrap();
    drop(server);
    let mut output = Vec::new();
    let ended =
        within(talk(&mut client, tokio::io::empty(), &mut output)).await;
    assert_eq!(ended, Ended::Closed);
    assert_eq!(output, b"unread");
}
