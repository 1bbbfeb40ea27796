//! The tests of the twenty-third exercise. They count, and measure no time:
//! their clock is paused, and whenever all wait, it jumps.

use std::{io, sync::Arc};

use allocation_counter::{AllocationInfo, measure};
use ex23_bottleneck::{Totals, talk};
use testkit::{LIMIT, counted::Wire, show};
use tokio::{runtime::Runtime, sync::Mutex, time::timeout};

/// So many messages are sent where the figures of one are asked for.
const MANY_MESSAGES: usize = 1000;

/// A message of so many bytes, behind its length.
fn message(length: u16) -> Vec<u8> {
    let bytes = (0..length).map(|place| b'a' + (place % 26) as u8);
    length.to_be_bytes().into_iter().chain(bytes).collect()
}

fn messages(lengths: &[u16]) -> Wire {
    let messages: Vec<_> = lengths.iter().copied().map(message).collect();
    Wire::new(&messages)
}

/// Many messages of 64 bytes, each when the last one is answered.
fn many(count: usize) -> Wire {
    messages(&vec![64; count])
}

fn totals() -> Arc<Mutex<Totals>> {
    Arc::default()
}

fn runtime() -> Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    runtime.expect("this machine has no runtime")
}

/// Talks until `talk` returns, or waits for ever: then it is `None`.
fn run(wire: &mut Wire, totals: &Arc<Mutex<Totals>>) -> Option<io::Result<()>> {
    let talking = talk(wire, totals.clone());
    runtime().block_on(async { timeout(LIMIT, talking).await.ok() })
}

/// Talks to a client that has done this deed, and expects all its messages
/// back, and a good end.
#[track_caller]
fn expect(deed: &str, mut wire: Wire) -> Wire {
    let ended = run(&mut wire, &totals());
    assert_written(deed, &wire);
    match ended {
        Some(Ok(())) => wire,
        Some(Err(error)) => {
            panic!("{deed}; all came back, and `talk` returned {error:?}")
        }
        None => panic!("{deed}, and ends; `talk` waits for ever"),
    }
}

#[track_caller]
fn assert_written(deed: &str, wire: &Wire) {
    let expected = wire.expected();
    let pairs = wire.written.iter().zip(expected);
    let same = pairs.take_while(|(got, expected)| got == expected).count();
    assert!(
        wire.written == expected && wire.flushed == expected.len(),
        "{deed}\n {} bytes should come back\n your code wrote {} bytes, of \
         which the first {same} are right, and flushed {}\n expected from \
         there {}\n       and got {}",
        expected.len(),
        wire.written.len(),
        wire.flushed,
        show(&expected[same..]),
        show(&wire.written[same..])
    );
}

/// Asserts that something happens once for a message, and once at the end.
#[track_caller]
fn assert_once(what: &str, count: usize) {
    let each = count as f64 / MANY_MESSAGES as f64;
    assert!(
        count <= MANY_MESSAGES + 1,
        "the client sends {MANY_MESSAGES} messages of 64 bytes, each when it \
         has the answer to the last\n {each:.1} {what} for a message\n 1 \
         is enough"
    );
}

/// What is allocated for so many messages.
#[track_caller]
fn allocated(count: usize) -> AllocationInfo {
    let (mut first, mut wire) = (many(1), many(count));
    let runtime = runtime();
    // What the runtime keeps is not the server's.
    let _ = runtime.block_on(talk(&mut first, totals()));
    let mut ended = None;
    let talking = talk(&mut wire, totals());
    let talking = async { timeout(LIMIT, talking).await.ok() };
    let info = measure(|| ended = runtime.block_on(talking));
    assert!(
        matches!(ended, Some(Ok(()))),
        "`talk` did not end: {ended:?}"
    );
    info
}

#[test]
fn messages_come_back() {
    let deed = "the client sends messages of 1, 64, 0, 300 and 60000 bytes, \
                each when it has the answer to the last";
    expect(deed, messages(&[1, 64, 0, 300, 60_000]));
    expect("the client says nothing", messages(&[]));
}

#[test]
fn messages_may_come_together() {
    let deed = "the client sends 10 messages at once";
    let mut wire = messages(&[5, 0, 64, 7, 1, 300, 2, 64, 64, 3]);
    wire.window = usize::MAX;
    expect(deed, wire);
}

#[test]
fn messages_may_come_in_pieces() {
    for piece in [1, 3, 50] {
        let deed = format!(
            "the client sends 3 messages, and a read brings at most {piece} \
             bytes of them"
        );
        let mut wire = messages(&[64, 300, 5]);
        wire.piece = piece;
        expect(&deed, wire);
    }
}

#[test]
fn a_write_may_take_a_part() {
    let deed = "the client sends 3 messages, and a write takes at most 7 bytes";
    let mut wire = messages(&[64, 20_000, 5]);
    wire.room = 7;
    expect(deed, wire);
}

#[test]
fn an_end_within_a_message_is_an_error() {
    for part in [&b"\0"[..], b"\0\x05", b"\0\x05hell"] {
        let sent = show(part);
        let deed = format!("the client sends {sent} after a message, and ends");
        let mut wire = messages(&[64]).and_then(part);
        let ended = run(&mut wire, &totals());
        assert_written(&deed, &wire);
        assert!(
            matches!(ended, Some(Err(_))),
            "{deed}; it should be an error, and `talk` returned {ended:?}"
        );
    }
}

#[test]
fn who_has_an_answer_is_counted() {
    let deed = "the client sends messages of 64 and 300 bytes, has both \
                answers, and stays connected";
    let mut wire = messages(&[64, 300]);
    wire.stays = true;
    let totals = totals();
    let ended = run(&mut wire, &totals);
    assert_written(deed, &wire);
    assert!(ended.is_none(), "{deed}, and `talk` returned {ended:?}");
    let counted = totals.try_lock().map(|totals| *totals);
    let expected = Totals {
        messages: 2,
        bytes: 364,
    };
    assert!(
        counted.as_ref().is_ok_and(|counted| *counted == expected),
        "{deed}\n expected {expected:?}\n  and found {counted:?}"
    );
}

#[test]
fn a_message_is_one_write() {
    let deed = "the client sends many messages of 64 bytes";
    let wire = expect(deed, many(MANY_MESSAGES));
    assert_once("calls of `poll_write`", wire.calls.writes);
}

#[test]
fn a_message_is_flushed_once() {
    let deed = "the client sends many messages of 64 bytes";
    let wire = expect(deed, many(MANY_MESSAGES));
    assert_once("calls of `poll_flush`", wire.calls.flushes);
}

#[test]
fn a_message_is_read_in_one_piece() {
    let deed = "the client sends many messages of 64 bytes";
    let wire = expect(deed, many(MANY_MESSAGES));
    assert_once("calls of `poll_read`", wire.calls.reads);
}

#[test]
fn what_comes_together_is_read_together() {
    let deed = "the client sends 100 messages of 64 bytes at once";
    let mut wire = many(100);
    wire.window = usize::MAX;
    let wire = expect(deed, wire);
    let reads = wire.calls.reads;
    assert!(
        reads <= 10,
        "{deed}; there were {reads} calls of `poll_read`, and 10 are enough"
    );
}

#[test]
fn a_message_takes_no_memory_anew() {
    let few = allocated(MANY_MESSAGES);
    let more = allocated(2 * MANY_MESSAGES);
    let count = more.count_total.saturating_sub(few.count_total);
    assert!(
        count == 0,
        "the client sends {MANY_MESSAGES} messages of 64 bytes more than \
         another one\n {count} more allocations, of {} bytes in all\n none \
         is needed",
        more.bytes_total.saturating_sub(few.bytes_total)
    );
}

#[test]
fn a_client_keeps_little() {
    const MOST: u64 = 24 * 1024;
    let kept = allocated(MANY_MESSAGES).bytes_max;
    assert!(
        kept <= MOST,
        "the client sends messages of 64 bytes, and no longer ones\n {kept} \
         bytes are kept for it at a time\n {MOST} are enough"
    );
}

/// Asserts that a client gets ten answers while this other one is there, which
/// has done this deed.
#[track_caller]
fn assert_answered_beside(deed: &str, mut other: Wire) {
    let (mut wire, totals) = (many(10), totals());
    let waiting = talk(&mut other, totals.clone());
    let talking = talk(&mut wire, totals);
    runtime().block_on(async {
        let both = async { tokio::join!(waiting, talking) };
        timeout(LIMIT, both).await.ok()
    });
    let answered = wire.answered();
    assert!(
        answered == 10,
        "a client {deed}; meanwhile another one asks 10 times, and got \
         {answered} answers"
    );
}

#[test]
fn who_takes_no_answer_holds_up_nobody() {
    let mut other = many(1);
    other.room = 0;
    assert_answered_beside("sends a message, and takes no answer", other);
}

#[test]
fn who_sends_half_a_message_holds_up_nobody() {
    let mut other = many(1).and_then(b"\0\x05hell");
    other.stays = true;
    assert_answered_beside("sends a message and the half of another", other);
}
