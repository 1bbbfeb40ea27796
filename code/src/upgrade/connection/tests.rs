//! Steps of a conversation without sockets.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::ReadBuf;

use super::*;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Echo;

impl Version for Echo {
    fn answer(&mut self, line: &[u8]) -> Vec<u8> {
        line.to_vec()
    }

    fn farewell(&self) -> String {
        String::new()
    }
}

/// Answers at length: the longer the line, the longer.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Chatter;

impl Version for Chatter {
    fn answer(&mut self, line: &[u8]) -> Vec<u8> {
        vec![b'.'; 1024 * 1024 - 2 + line.len()]
    }

    fn farewell(&self) -> String {
        String::new()
    }
}

/// A client that has said all that it has to say, and takes all answers.
#[derive(Default)]
struct Client<'a> {
    says: &'a [u8],
    got: Vec<u8>,
    reads: usize,
}

impl AsyncRead for Client<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.reads += 1;
        Pin::new(&mut self.says).poll_read(context, buffer)
    }
}

impl AsyncWrite for Client<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.got).poll_write(context, bytes)
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The whole conversation, or the reason why it was broken off.
async fn talk<V: Version>(says: &[u8]) -> Result<Client<'_>, String> {
    let mut client = Client {
        says,
        ..Client::default()
    };
    let mut state = State::<V>::default();
    loop {
        match state.step(&mut client).await {
            Ok(Step::GoOn) => {}
            Ok(Step::Left) => return Ok(client),
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// A line that ends, and a piece of the next.
async fn a_line_of(length: usize, end: &str) -> Result<usize, String> {
    let mut line = vec![b'x'; length];
    line.extend(end.as_bytes());
    talk::<Echo>(&line).await.map(|client| client.got.len())
}

#[tokio::test]
async fn a_read_takes_as_much_as_the_buffer_holds() {
    const MIB: usize = 1024 * 1024;
    let says = b"123456789012345\n".repeat(MIB / 16);
    let client = talk::<Echo>(&says).await.unwrap();
    assert_eq!(client.got, says);
    // One more finds the end.
    assert_eq!(client.reads, MIB / BUFFER_SIZE + 1);
}

#[tokio::test]
async fn the_longest_line_is_served_and_a_longer_one_is_not() {
    const LONGEST: usize = 65_536;
    for end in ["", "\n", "\nand more"] {
        let got = a_line_of(LONGEST, end).await;
        assert_eq!(got, Ok(LONGEST + end.len()), "{end:?}");
        let got = a_line_of(LONGEST + 1, end).await;
        assert_eq!(got, Err("the line is too long".to_owned()), "{end:?}");
    }
}

#[tokio::test]
async fn the_longest_answer_is_kept_and_a_longer_one_is_not() {
    const MOST: usize = 1_048_576;
    let got = talk::<Chatter>(b"1\n").await.map(|client| client.got.len());
    assert_eq!(got, Ok(MOST));
    let got = talk::<Chatter>(b"12\n")
        .await
        .map(|client| client.got.len());
    assert_eq!(got, Err("the answer is too long".to_owned()));
}
