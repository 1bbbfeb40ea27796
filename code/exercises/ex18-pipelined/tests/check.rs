//! The tests of the eighteenth exercise. Their clock is paused: whenever all
//! wait, it jumps to the next moment for which somebody waits.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use ex18_pipelined::talk;
use testkit::show;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, timeout},
};

/// What the client does.
#[derive(Debug, Clone)]
enum Deed {
    /// It sends this, and one read takes it.
    Sends(Vec<u8>),
    /// It waits until all of this has come.
    Waits(Vec<u8>),
}

/// The client's end of the wire, which counts the writes.
#[derive(Debug, Default)]
struct Wire {
    deeds: VecDeque<Deed>,
    reader: Option<Waker>,
    written: Vec<u8>,
    /// So much of it was flushed, and has come to the client.
    flushed: usize,
    writes: usize,
    largest: usize,
    /// Whether nobody is there any more who reads.
    is_broken: bool,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context,
        buffer: &mut ReadBuf,
    ) -> Poll<io::Result<()>> {
        while let Some(Deed::Waits(expected)) = self.deeds.front() {
            if self.flushed < expected.len() {
                self.reader = Some(cx.waker().clone());
                return Poll::Pending;
            }
            self.deeds.pop_front();
        }
        if let Some(Deed::Sends(mut bytes)) = self.deeds.pop_front() {
            let rest = bytes.split_off(bytes.len().min(buffer.remaining()));
            buffer.put_slice(&bytes);
            if !rest.is_empty() {
                self.deeds.push_front(Deed::Sends(rest));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_broken {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        self.writes += 1;
        self.largest = self.largest.max(bytes.len());
        self.written.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        _: &mut Context,
    ) -> Poll<io::Result<()>> {
        self.flushed = self.written.len();
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        self: Pin<&mut Self>,
        cx: &mut Context,
    ) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

fn sends(text: &str) -> Deed {
    Deed::Sends(text.into())
}

fn waits(text: &str) -> Deed {
    Deed::Waits(text.into())
}

/// Talks to a client that does these deeds. Returns its end of the wire.
#[track_caller]
fn talk_to(deed: &str, deeds: &[Deed]) -> Wire {
    let (wire, ended) = run(deed, wire(deeds));
    if let Err(error) = ended {
        panic!("{deed}, and `talk` returned the error {error:?}");
    }
    wire
}

fn wire(deeds: &[Deed]) -> Wire {
    Wire {
        deeds: deeds.iter().cloned().collect(),
        ..Wire::default()
    }
}

#[track_caller]
fn run(deed: &str, mut wire: Wire) -> (Wire, io::Result<()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    let runtime = runtime.expect("this machine has no runtime");
    let ended = runtime
        .block_on(async { timeout(testkit::LIMIT, talk(&mut wire)).await });
    let Ok(ended) = ended else {
        let mut waited = "the client waits for nothing".to_owned();
        if let Some(Deed::Waits(expected)) = wire.deeds.front() {
            waited = format!("the client waits for {}", show(expected));
        }
        panic!(
            "{deed}\n {waited}\n your code has written {} and flushed {} bytes \
             of it, and waits, too",
            show(&wire.written),
            wire.flushed
        );
    };
    (wire, ended)
}

#[track_caller]
fn assert_written(wire: &Wire, deed: &str, expected: &str) {
    assert!(
        wire.written == expected.as_bytes(),
        "{deed}\n expected {}\n      and got {}",
        show(expected.as_bytes()),
        show(&wire.written)
    );
    assert!(
        wire.flushed == wire.written.len(),
        "{deed}; of the {} bytes that were written, {} were flushed",
        wire.written.len(),
        wire.flushed
    );
}

#[test]
fn answers_come_in_order() {
    let deed = "the client sends three requests at once";
    let sent = sends("one\ntwo\nthree\n");
    let wire = talk_to(deed, &[sent]);
    assert_written(&wire, deed, "ONE\nTWO\nTHREE\n");
}

#[test]
fn what_comes_at_once_is_answered_in_one_write() {
    let deed = "the client sends 100 requests at once, and waits";
    let answers = "YES\n".repeat(100);
    let deeds = [sends(&"yes\n".repeat(100)), waits(&answers)];
    let wire = talk_to(deed, &deeds);
    assert_written(&wire, deed, &answers);
    assert!(
        wire.writes == 1,
        "{deed}; there were {} writes",
        wire.writes
    );
}

#[test]
fn what_comes_in_many_reads_is_answered_in_few_writes() {
    let deed = "the client sends 100 requests, one for each read, and waits";
    let answers = "YES\n".repeat(100);
    let mut deeds = vec![sends("yes\n"); 100];
    deeds.push(waits(&answers));
    let wire = talk_to(deed, &deeds);
    assert_written(&wire, deed, &answers);
    // tokio may have a busy task wait for a turn.
    assert!(
        wire.writes <= 5,
        "{deed}; there were {} writes",
        wire.writes
    );
}

#[test]
fn an_answer_does_not_wait_for_the_next_request() {
    let deed = "the client sends a request, waits for the answer, and again";
    let deeds = [
        sends("one\n"),
        waits("ONE\n"),
        sends("two\nthree\n"),
        waits("ONE\nTWO\nTHREE\n"),
        sends("four\n"),
        waits("ONE\nTWO\nTHREE\nFOUR\n"),
    ];
    let wire = talk_to(deed, &deeds);
    assert_written(&wire, deed, "ONE\nTWO\nTHREE\nFOUR\n");
    assert!(
        wire.writes == 3,
        "{deed}; there were {} writes",
        wire.writes
    );
}

#[test]
fn half_a_request_holds_up_nobody() {
    let deed = "the client sends a request and half of the next, and waits";
    let deeds = [
        sends("one\ntw"),
        waits("ONE\n"),
        sends("o\n"),
        waits("ONE\nTWO\n"),
    ];
    let wire = talk_to(deed, &deeds);
    assert_written(&wire, deed, "ONE\nTWO\n");
}

#[tokio::test(start_paused = true)]
async fn an_answer_does_not_wait_for_a_clock() {
    let deed = "the client sends a request, and waits for the answer";
    let mut wire = wire(&[sends("one\n"), waits("ONE\n")]);
    let start = Instant::now();
    let ended = timeout(testkit::LIMIT, talk(&mut wire)).await;
    assert!(matches!(ended, Ok(Ok(()))), "{deed}, and got {ended:?}");
    let took = start.elapsed();
    assert!(took.is_zero(), "{deed}; a clock was asked, for {took:?}");
}

#[test]
fn the_last_answers_come_too() {
    let deed = "the client sends two requests, and says no more";
    let wire = talk_to(deed, &[sends("one\ntwo\n")]);
    assert_written(&wire, deed, "ONE\nTWO\n");
    let deed = "the client sends a request without its end, and says no more";
    let wire = talk_to(deed, &[sends("one\ntwo")]);
    assert_written(&wire, deed, "ONE\nTWO\n");
    let deed = "the client says nothing";
    assert_written(&talk_to(deed, &[]), deed, "");
}

#[test]
fn what_is_written_is_flushed() {
    let deed = "the client sends a request, and the wire keeps what is \
                written until it is flushed";
    let wire = talk_to(deed, &[sends("one\n"), waits("ONE\n")]);
    assert_written(&wire, deed, "ONE\n");
}

#[test]
fn answers_are_not_hoarded() {
    const MOST: usize = 16 * 1024;

    let deed = "the client sends 20000 requests without a pause";
    let pieces = vec![sends(&"yes\n".repeat(1000)); 20];
    let wire = talk_to(deed, &pieces);
    assert_written(&wire, deed, &"YES\n".repeat(20_000));
    assert!(
        wire.largest <= MOST,
        "{deed}; one write had {} bytes, which were kept until then",
        wire.largest
    );
    assert!(
        wire.writes <= 40,
        "{deed}; there were {} writes",
        wire.writes
    );
}

#[test]
fn an_error_is_passed_on() {
    let deed = "the client sends a request, and takes no answer";
    let mut broken = wire(&[sends("one\n")]);
    broken.is_broken = true;
    let (_, ended) = run(deed, broken);
    assert!(ended.is_err(), "{deed}, and `talk` returned {ended:?}");
    let deed = "the client sends a line that is too long";
    let (_, ended) = run(deed, wire(&[sends(&"x".repeat(2000))]));
    assert!(ended.is_err(), "{deed}, and `talk` returned {ended:?}");
}
