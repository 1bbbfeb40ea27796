//! The tests of the twenty-fifth exercise. Their clock is paused: whenever all
//! wait, it jumps to the next moment for which somebody waits. So all times
//! are exact.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use ex25_honest_load::{Plan, SIZE, measure, message};
use tokio::{
    io::{
        AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream,
        ReadBuf, duplex,
    },
    time::{Instant, sleep, sleep_until, timeout},
};

/// By the clock that jumps.
const NO_TEST_TAKES: Duration = Duration::from_secs(10_000);

/// Room for all that is under way in a test, in bytes.
const WIDE: usize = 1 << 20;

/// A message is due so often, in milliseconds.
const EVERY: u64 = 10;

/// What the server does.
#[derive(Debug, Clone, Copy, Default)]
struct Script {
    /// So many bytes can be under way in each direction; with 0, any number.
    room: usize,
    /// So long it takes for each answer, in milliseconds.
    takes: u64,
    /// From then on, in milliseconds, it does nothing until that time.
    stall: Option<(u64, u64)>,
    /// It waits so long between the two halves of an answer.
    pauses: u64,
    /// It sends this message with another byte at this place.
    wrong: Option<(u32, usize)>,
    /// It sends the answer to this one twice, and none to the next.
    twice: Option<u32>,
    /// It leaves when it has answered so many, and half of the next.
    leaves: Option<u32>,
}

/// A server that answers as the script says.
async fn serve(mut socket: DuplexStream, script: Script, start: Instant) {
    let mut packet = [0; SIZE];
    let mut last = packet;
    for number in 0.. {
        if socket.read_exact(&mut packet).await.is_err() {
            return;
        }
        if let Some((_, to)) = script.stall.filter(|&(from, to)| {
            (from..to).contains(&milliseconds(start.elapsed()))
        }) {
            sleep_until(start + Duration::from_millis(to)).await;
        }
        pause(script.takes).await;
        let mut answer = packet;
        if let Some((_, place)) = script.wrong.filter(|one| one.0 == number) {
            answer[place] = b'~';
        }
        if script.twice.is_some_and(|twice| twice + 1 == number) {
            answer = last;
        }
        last = packet;
        let (one, other) = answer.split_at(SIZE / 2);
        if socket.write_all(one).await.is_err() {
            return;
        }
        if script.leaves == Some(number) {
            return;
        }
        pause(script.pauses).await;
        if socket.write_all(other).await.is_err() {
            return;
        }
    }
}

async fn pause(milliseconds: u64) {
    if milliseconds > 0 {
        sleep(Duration::from_millis(milliseconds)).await;
    }
}

fn milliseconds(time: Duration) -> u64 {
    time.as_millis().try_into().expect("no test takes so long")
}

/// The load's end of the connection, which writes down when each message has
/// been sent.
struct Recorded {
    socket: DuplexStream,
    start: Instant,
    bytes: usize,
    sent: Arc<Mutex<Vec<u64>>>,
}

impl AsyncRead for Recorded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context,
        buffer: &mut ReadBuf,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Recorded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let writing = Pin::new(&mut self.socket).poll_write(cx, bytes);
        if let Poll::Ready(Ok(written)) = writing {
            let now = milliseconds(self.start.elapsed());
            let before = self.bytes / SIZE;
            self.bytes += written;
            let whole = self.bytes / SIZE - before;
            let mut sent = self.sent.lock().expect("nobody panics with it");
            sent.extend(std::iter::repeat_n(now, whole));
        }
        writing
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        cx: &mut Context,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        cx: &mut Context,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

/// What has come of a load.
struct Measured {
    /// What was to be done, and what the server did.
    deed: String,
    /// When each message was sent, in milliseconds.
    sent: Vec<u64>,
    /// What `measure` has returned.
    ended: io::Result<Vec<Duration>>,
}

/// Runs so many messages against a server that `does` what the script says.
async fn run(messages: u32, script: Script, does: &str) -> Measured {
    let deed =
        format!("{messages} messages, one every {EVERY} ms; the server {does}");
    let room = if script.room == 0 { WIDE } else { script.room };
    let (socket, other) = duplex(room);
    let start = Instant::now();
    let serving = tokio::spawn(serve(other, script, start));
    let sent = Arc::default();
    let recorded = Recorded {
        socket,
        start,
        bytes: 0,
        sent: Arc::clone(&sent),
    };
    let every = Duration::from_millis(EVERY);
    let measuring = measure(recorded, Plan { messages, every });
    let ended = timeout(NO_TEST_TAKES, measuring).await;
    serving.abort();
    let sent = sent.lock().expect("nobody panics with it").clone();
    let Ok(ended) = ended else {
        panic!(
            "{deed}\n {} messages were sent, and `measure` waits for ever",
            sent.len()
        );
    };
    Measured { deed, sent, ended }
}

impl Measured {
    #[track_caller]
    fn assert_times(&self, expected: &[u64]) {
        let deed = &self.deed;
        let times = match &self.ended {
            Ok(times) => times.iter().copied().map(milliseconds).collect(),
            Err(error) => panic!("{deed}\nand `measure` returned {error:?}"),
        };
        assert_same(deed, "the times should be", expected, &times);
    }

    #[track_caller]
    fn assert_sent(&self, expected: &[u64]) {
        let what = "messages should be sent after";
        assert_same(&self.deed, what, expected, &self.sent);
    }

    #[track_caller]
    fn assert_error(&self, kind: io::ErrorKind) {
        let Measured { deed, ended, .. } = self;
        assert!(
            matches!(ended, Err(error) if error.kind() == kind),
            "{deed}\nit should be an error of the kind {kind:?}, and `measure` \
             returned {ended:?}"
        );
    }
}

/// Compares milliseconds, one for each message.
#[track_caller]
fn assert_same(deed: &str, what: &str, expected: &[u64], got: &Vec<u64>) {
    let pairs = got.iter().zip(expected);
    let same = pairs.take_while(|(got, expected)| got == expected).count();
    // The rest would only fill the screen.
    let some = |times: &[u64]| {
        let end = times.len().min(same + 5);
        times[same.min(end)..end].to_vec()
    };
    assert!(
        got == expected,
        "{deed}\n{what} (in ms, for {} messages; the first {same} are right)\n \
         from there {:?}\n   and got {:?} (for {} messages)",
        expected.len(),
        some(expected),
        some(got),
        got.len()
    );
}

/// When the messages are due.
fn schedule(messages: u64) -> Vec<u64> {
    (0..messages).map(|number| number * EVERY).collect()
}

/// How long a message waits that was due at this time, if the server does
/// nothing from 300 to 800 ms.
fn wait_at(due: u64) -> u64 {
    match due {
        300..800 => 800 - due,
        _ => 0,
    }
}

/// A server that does nothing for half a second.
fn stalled() -> Script {
    Script {
        stall: Some((300, 800)),
        ..Script::default()
    }
}

const STALLS: &str = "answers at once, but does nothing from 300 to 800 ms";

#[tokio::test(start_paused = true)]
async fn each_message_has_its_time() {
    let script = Script {
        takes: 3,
        ..Script::default()
    };
    let measured = run(20, script, "takes 3 ms for each").await;
    measured.assert_times(&[3; 20]);
    let measured = run(1, script, "takes 3 ms").await;
    measured.assert_times(&[3]);
    let measured = run(0, script, "has nothing to do").await;
    measured.assert_times(&[]);
}

#[tokio::test(start_paused = true)]
async fn messages_are_sent_when_they_are_due() {
    let script = Script {
        takes: 3,
        ..Script::default()
    };
    let measured = run(20, script, "takes 3 ms for each").await;
    measured.assert_sent(&schedule(20));
}

#[tokio::test(start_paused = true)]
async fn a_stall_is_in_the_times_of_all_that_were_due() {
    let measured = run(100, stalled(), STALLS).await;
    let expected: Vec<_> = schedule(100).into_iter().map(wait_at).collect();
    measured.assert_times(&expected);
}

#[tokio::test(start_paused = true)]
async fn messages_are_sent_though_no_answer_comes() {
    let measured = run(100, stalled(), STALLS).await;
    measured.assert_sent(&schedule(100));
}

#[tokio::test(start_paused = true)]
async fn who_cannot_send_waits_already() {
    let script = Script {
        room: 2 * SIZE,
        ..stalled()
    };
    let does = format!("{STALLS}, and 2 messages fill the way to it");
    let measured = run(100, script, &does).await;
    let expected: Vec<_> = schedule(100).into_iter().map(wait_at).collect();
    measured.assert_times(&expected);
}

#[tokio::test(start_paused = true)]
async fn after_a_stall_the_schedule_is_the_old_one() {
    let script = Script {
        room: 2 * SIZE,
        ..stalled()
    };
    let does = format!("{STALLS}, and 2 messages fill the way to it");
    let measured = run(100, script, &does).await;
    // The server has taken the one of 300 ms, and there was room for two.
    let sent = |due: u64| if due > 320 { due.max(800) } else { due };
    let expected: Vec<_> = schedule(100).into_iter().map(sent).collect();
    measured.assert_sent(&expected);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_too_slow_falls_behind() {
    let script = Script {
        takes: 15,
        ..Script::default()
    };
    let measured = run(50, script, "takes 15 ms for each, one by one").await;
    measured.assert_sent(&schedule(50));
    let expected: Vec<_> = (0..50).map(|number| 15 + number * 5).collect();
    measured.assert_times(&expected);
}

#[tokio::test(start_paused = true)]
async fn the_last_answers_count_too() {
    let script = Script {
        stall: Some((150, 900)),
        ..Script::default()
    };
    let does = "answers at once, but does nothing from 150 to 900 ms, when all \
                are sent";
    let measured = run(20, script, does).await;
    let wait = |due: u64| if due >= 150 { 900 - due } else { 0 };
    let expected: Vec<_> = schedule(20).into_iter().map(wait).collect();
    measured.assert_times(&expected);
}

#[tokio::test(start_paused = true)]
async fn an_echo_counts_when_all_of_it_is_there() {
    let script = Script {
        pauses: 4,
        ..Script::default()
    };
    let does = "sends half of each answer at once, and the rest 4 ms later";
    let measured = run(20, script, does).await;
    measured.assert_times(&[4; 20]);
}

#[tokio::test(start_paused = true)]
async fn echoes_are_taken_while_nothing_can_be_sent() {
    let (socket, mut other) = duplex(16);
    let copying = tokio::spawn(async move {
        let mut buffer = [0; 16];
        while let Ok(read @ 1..) = other.read(&mut buffer).await {
            if other.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    });
    let every = Duration::from_millis(EVERY);
    let plan = Plan {
        messages: 20,
        every,
    };
    let ended = timeout(NO_TEST_TAKES, measure(socket, plan)).await;
    copying.abort();
    let deed = "20 messages; the server sends back 16 bytes at a time, and \
                takes no more before they are read";
    let Ok(ended) = ended else {
        panic!("{deed}\nand `measure` waits for ever");
    };
    let expected = vec![Duration::ZERO; 20];
    assert!(
        matches!(&ended, Ok(times) if *times == expected),
        "{deed}\nand `measure` returned {ended:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn other_bytes_are_an_error() {
    for place in [0, 31, SIZE - 1] {
        let script = Script {
            wrong: Some((7, place)),
            ..Script::default()
        };
        let does = format!("changes byte {place} of message 7");
        let measured = run(20, script, &does).await;
        measured.assert_error(io::ErrorKind::InvalidData);
    }
    let script = Script {
        twice: Some(7),
        ..Script::default()
    };
    let does = "sends the answer to message 7 twice, and none to message 8";
    let measured = run(20, script, does).await;
    measured.assert_error(io::ErrorKind::InvalidData);
}

#[tokio::test(start_paused = true)]
async fn an_early_end_is_an_error() {
    let script = Script {
        leaves: Some(19),
        ..Script::default()
    };
    let does = "leaves after half of the last answer";
    let measured = run(20, script, does).await;
    measured.assert_error(io::ErrorKind::UnexpectedEof);
}

#[test]
fn the_messages_are_what_they_were() {
    let first = message(0);
    assert!(
        first[0] == b'!' && message(1)[0] == b'(' && first[1] == b'"',
        "`message` should stay as it is given"
    );
}
