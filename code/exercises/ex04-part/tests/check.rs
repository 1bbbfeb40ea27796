//! The tests of the fourth exercise.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use ex04_part::send_all;
use testkit::{show, within};
use tokio::io::AsyncWrite;

/// A writer that takes up to three bytes at a time.
#[derive(Default)]
struct Stingy {
    taken: Vec<u8>,
    /// After so many bytes it takes nothing, or fails.
    full_after: Option<usize>,
    fails: bool,
    flushed: bool,
    calls: usize,
}

impl AsyncWrite for Stingy {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.calls += 1;
        assert!(
            self.calls < 10_000,
            "your code has called `write` 10,000 times for a few bytes"
        );
        self.flushed = false;
        let room = self.full_after.map_or(3, |full| full - self.taken.len());
        let most = (1 + self.calls % 3).min(room).min(bytes.len());
        if most == 0 && self.fails {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        self.taken.extend_from_slice(&bytes[..most]);
        Poll::Ready(Ok(most))
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        _: &mut Context,
    ) -> Poll<io::Result<()>> {
        self.flushed = true;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: Pin<&mut Self>,
        _: &mut Context,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

async fn send(writer: &mut Stingy, bytes: &[u8]) -> io::Result<()> {
    within("the end of `send_all`", send_all(writer, bytes)).await
}

#[tokio::test]
async fn writes_everything_in_order() {
    let mut writer = Stingy::default();
    let bytes: Vec<u8> = (0..=255).collect();
    send(&mut writer, &bytes)
        .await
        .expect("the writer never fails");
    assert!(
        writer.taken == bytes,
        "the writer takes at most 3 bytes at a time. It was sent\n     {}\n\
         and has taken\n     {}",
        show(&bytes),
        show(&writer.taken)
    );
}

#[tokio::test]
async fn flushes_at_the_end() {
    let mut writer = Stingy::default();
    send(&mut writer, b"hello")
        .await
        .expect("the writer never fails");
    assert!(
        writer.flushed,
        "some writers keep what they take until they are flushed; after the \
         last byte, this one was not"
    );
}

#[tokio::test]
async fn a_writer_that_takes_nothing_is_an_error() {
    let mut writer = Stingy {
        full_after: Some(7),
        ..Stingy::default()
    };
    let result = send(&mut writer, b"hello, world").await;
    let error = result.expect_err("the writer took 7 bytes of 12 and no more");
    assert_eq!(error.kind(), io::ErrorKind::WriteZero, "the kind of error");
}

#[tokio::test]
async fn an_error_is_passed_on() {
    let mut writer = Stingy {
        full_after: Some(7),
        fails: true,
        ..Stingy::default()
    };
    let result = send(&mut writer, b"hello, world").await;
    let error = result.expect_err("the writer failed after 7 bytes");
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "the kind of error");
}

#[tokio::test]
async fn nothing_to_write_is_no_error() {
    let mut writer = Stingy {
        full_after: Some(0),
        ..Stingy::default()
    };
    let result = send(&mut writer, b"").await;
    result.expect("there was nothing to write");
}
