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
    /// It takes everything, and cannot pass it on.
    flush_fails: bool,
    flushed: bool,
    calls: usize,
    /// How many of the calls it has returned 0 to, the last ones.
    refused: usize,
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
            "your code has called `write` 10000 times for a few bytes; the \
             last {} times it returned 0",
            self.refused
        );
        self.flushed = false;
        let room = self.full_after.map_or(3, |full| full - self.taken.len());
        let most = (1 + self.calls % 3).min(room).min(bytes.len());
        if most == 0 && self.fails {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        self.refused = if most == 0 { self.refused + 1 } else { 0 };
        self.taken.extend_from_slice(&bytes[..most]);
        Poll::Ready(Ok(most))
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        _: &mut Context,
    ) -> Poll<io::Result<()>> {
        self.flushed = true;
        Poll::Ready(match self.flush_fails {
            true => Err(io::ErrorKind::BrokenPipe.into()),
            false => Ok(()),
        })
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

#[track_caller]
fn assert_fine(result: io::Result<()>, deed: &str) {
    if let Err(error) = result {
        panic!(
            "{deed}, and `send_all` returned the error {:?}",
            error.kind()
        );
    }
}

#[track_caller]
fn assert_error(result: io::Result<()>, deed: &str, expected: io::ErrorKind) {
    let got = match result {
        Err(error) if error.kind() == expected => return,
        Err(error) => format!("the error {:?}", error.kind()),
        Ok(()) => "`Ok(())`".to_owned(),
    };
    panic!(
        "{deed}, and `send_all` returned {got}; the error {expected:?} was \
         expected"
    );
}

#[tokio::test]
async fn writes_everything_in_order() {
    let mut writer = Stingy::default();
    let bytes: Vec<u8> = (0..=255).collect();
    let result = send(&mut writer, &bytes).await;
    assert_fine(result, "the writer never fails");
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
    let result = send(&mut writer, b"hello").await;
    assert_fine(result, "the writer never fails");
    assert!(
        writer.flushed,
        "some writers keep what they take until they are flushed; after the \
         last byte, this one was not"
    );
}

#[tokio::test]
async fn flushes_when_there_is_nothing_to_write() {
    let mut writer = Stingy::default();
    let result = send(&mut writer, b"").await;
    assert_fine(result, "there was nothing to write");
    assert!(
        writer.flushed,
        "there was nothing to write, and the writer may have kept something \
         from before; it was not flushed"
    );
}

#[tokio::test]
async fn a_writer_that_takes_nothing_is_an_error() {
    let mut writer = Stingy {
        full_after: Some(7),
        ..Stingy::default()
    };
    let result = send(&mut writer, b"hello, world").await;
    let deed = "the writer took 7 bytes of 12 and no more";
    assert_error(result, deed, io::ErrorKind::WriteZero);
}

#[tokio::test]
async fn an_error_is_passed_on() {
    let mut writer = Stingy {
        full_after: Some(7),
        fails: true,
        ..Stingy::default()
    };
    let result = send(&mut writer, b"hello, world").await;
    let deed = "the writer took 7 bytes, then its `write` failed";
    assert_error(result, deed, io::ErrorKind::BrokenPipe);
}

#[tokio::test]
async fn an_error_of_the_flush_is_passed_on() {
    let mut writer = Stingy {
        flush_fails: true,
        ..Stingy::default()
    };
    let result = send(&mut writer, b"hello").await;
    let deed = "the writer took all bytes, then its `flush` failed";
    assert_error(result, deed, io::ErrorKind::BrokenPipe);
}

#[tokio::test]
async fn nothing_to_write_is_no_error() {
    let mut writer = Stingy {
        full_after: Some(0),
        ..Stingy::default()
    };
    let result = send(&mut writer, b"").await;
    assert_fine(result, "there was nothing to write");
}
