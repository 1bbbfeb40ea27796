//! Conversations without sockets, whose time passes only when all wait. So it
//! can be said to the millisecond when a client has to go.

use std::error::Error;

use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use tokio::{
    io::{DuplexStream, duplex},
    net::{TcpListener, TcpStream},
    runtime,
    task::JoinHandle,
    time::{Duration, sleep},
};

use super::*;
use crate::limits::DEFAULTS;

/// The limits of these tests: the longest line has eight bytes.
fn limits() -> Limits {
    Limits {
        longest_line: "8".parse().unwrap(),
        ..DEFAULTS
    }
}

const SECOND: Duration = Duration::from_secs(1);
const MOMENT: Duration = Duration::from_millis(1);

/// How a conversation has ended, and how long it took.
type Ended = (Result<(), End>, Duration);

/// A conversation over a wire that holds so many bytes each way.
fn over(wire: usize, limits: Limits) -> (DuplexStream, JoinHandle<Ended>) {
    let (client, mut stream) = duplex(wire);
    let began = Instant::now();
    let talking = tokio::spawn(async move {
        let ended = echo(&mut stream, &limits).await;
        (ended, began.elapsed())
    });
    (client, talking)
}

/// A conversation with a wire that never fills up.
fn talk() -> (DuplexStream, JoinHandle<Ended>) {
    over(1 << 20, limits())
}

/// Sends, and expects the answer and no more.
async fn expect(client: &mut DuplexStream, sent: &str, answer: &str) {
    client.write_all(sent.as_bytes()).await.unwrap();
    let mut got = vec![0; answer.len()];
    client.read_exact(&mut got).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&got), answer);
    let more = timeout(MOMENT, client.read_u8()).await;
    assert!(more.is_err(), "{more:?} after the answer to {sent:?}");
}

/// Sends, and returns all that comes until the server closes.
async fn last(client: &mut DuplexStream, sent: &str) -> String {
    client.write_all(sent.as_bytes()).await.unwrap();
    let mut got = String::new();
    client.read_to_string(&mut got).await.unwrap();
    got
}

/// Bytes, among them many ends of lines.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![3 => any::<u8>(), 1 => Just(b'\n')], 0..50)
}

/// What is complete is answered at once, what is not when the client has said
/// all.
async fn check_cuts(pieces: Vec<Vec<u8>>) {
    let (mut client, talking) = over(1 << 20, DEFAULTS);
    let (mut sent, mut got) = (Vec::<u8>::new(), Vec::<u8>::new());
    for piece in &pieces {
        client.write_all(piece).await.unwrap();
        sent.extend(piece);
        while let Ok(read) = timeout(MOMENT, client.read_buf(&mut got)).await {
            assert!(read.unwrap() > 0, "it has gone");
        }
        let complete = sent.iter().rposition(|byte| *byte == b'\n');
        let complete = complete.map_or(0, |at| at + 1);
        assert_eq!(got, sent[..complete]);
    }
    client.shutdown().await.unwrap();
    client.read_to_end(&mut got).await.unwrap();
    assert_eq!(got, sent);
    assert!(talking.await.unwrap().0.is_ok());
}

#[test]
fn lines_come_back_however_they_were_cut() {
    let check = |pieces| {
        let mut runtime = runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build();
        runtime.unwrap().block_on(check_cuts(pieces));
        Ok(())
    };
    let mut runner = TestRunner::deterministic();
    runner.run(&vec(any_bytes(), 0..20), check).unwrap();
}

/// The wire is narrower than a line, so everything comes and goes in pieces.
#[tokio::test(start_paused = true)]
async fn lines_come_back_over_the_narrowest_wire() {
    for wire in 1..10 {
        let (client, talking) = over(wire, DEFAULTS);
        let (mut from_server, mut to_server) = tokio::io::split(client);
        let sent = "a line\n\nanother one, which is longer\nthe rest";
        let sending = async {
            to_server.write_all(sent.as_bytes()).await?;
            to_server.shutdown().await
        };
        let mut got = String::new();
        let reading = from_server.read_to_string(&mut got);
        tokio::try_join!(sending, reading).unwrap();
        assert_eq!(got, sent);
        assert!(talking.await.unwrap().0.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn the_longest_line_is_answered() {
    let (mut client, talking) = talk();
    expect(&mut client, "12345678\n", "12345678\n").await;
    expect(&mut client, "\n12345678\n", "\n12345678\n").await;
    for byte in "12345678".chars() {
        expect(&mut client, &byte.to_string(), "").await;
    }
    expect(&mut client, "\n", "12345678\n").await;
    client.write_all(b"12345678").await.unwrap();
    client.shutdown().await.unwrap();
    assert_eq!(last(&mut client, "").await, "12345678");
    assert!(talking.await.unwrap().0.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_longer_line_is_not_answered() {
    for line in ["123456789\n", "123456789", "123456789\nnext\n"] {
        let (mut client, talking) = talk();
        assert_eq!(last(&mut client, line).await, "", "{line:?}");
        let (ended, took) = talking.await.unwrap();
        assert!(matches!(ended, Err(End::TooLong)), "{ended:?}");
        assert_eq!(took, Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_that_has_come_byte_by_byte_is_too_long_at_the_ninth() {
    let (mut client, talking) = talk();
    for byte in "12345678".chars() {
        expect(&mut client, &byte.to_string(), "").await;
    }
    assert_eq!(last(&mut client, "9").await, "");
    let (ended, _) = talking.await.unwrap();
    assert!(matches!(ended, Err(End::TooLong)), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn the_lines_before_a_too_long_one_are_answered() {
    for rest in ["123456789", "123456789\n", "123456789\nnext\n"] {
        let (mut client, talking) = talk();
        let sent = format!("one\n12345678\n{rest}");
        assert_eq!(last(&mut client, &sent).await, "one\n12345678\n");
        let (ended, _) = talking.await.unwrap();
        assert!(matches!(ended, Err(End::TooLong)), "{ended:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_never_speaks_is_let_go_after_a_minute() {
    let (mut client, talking) = talk();
    assert_eq!(last(&mut client, "").await, "");
    let (ended, took) = talking.await.unwrap();
    assert!(matches!(ended, Err(End::Idle)), "{ended:?}");
    assert_eq!(took, 60 * SECOND);
}

/// Every line gives it another minute, to the last millisecond.
#[tokio::test(start_paused = true)]
async fn who_speaks_within_the_minute_stays() {
    let (mut client, talking) = talk();
    let began = Instant::now();
    for line in ["1\n", "2\n", "3\n"] {
        sleep(60 * SECOND - 2 * MOMENT).await;
        expect(&mut client, line, line).await;
    }
    let spoke = began.elapsed() - MOMENT;
    assert_eq!(last(&mut client, "").await, "");
    let (ended, took) = talking.await.unwrap();
    assert!(matches!(ended, Err(End::Idle)), "{ended:?}");
    assert_eq!(took, spoke + 60 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_line_begins_with_its_first_byte() {
    let (mut client, talking) = talk();
    sleep(50 * SECOND).await;
    assert_eq!(last(&mut client, "x").await, "");
    let (ended, took) = talking.await.unwrap();
    assert!(matches!(ended, Err(End::Slow)), "{ended:?}");
    assert_eq!(took, (50 + 10) * SECOND);
}

/// It has come along with the line before it.
#[tokio::test(start_paused = true)]
async fn the_time_of_a_next_line_begins_with_its_first_byte_too() {
    let (mut client, talking) = talk();
    sleep(5 * SECOND).await;
    client.write_all(b"o").await.unwrap();
    sleep(5 * SECOND).await;
    assert_eq!(last(&mut client, "ne\ntw").await, "one\n");
    let (ended, took) = talking.await.unwrap();
    assert!(matches!(ended, Err(End::Slow)), "{ended:?}");
    assert_eq!(took, (5 + 5 + 10) * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_complete_in_time_is_answered() {
    let (mut client, talking) = talk();
    client.write_all(b"in ti").await.unwrap();
    sleep(10 * SECOND - MOMENT).await;
    expect(&mut client, "me\n", "in time\n").await;
    client.shutdown().await.unwrap();
    assert!(talking.await.unwrap().0.is_ok());
}

/// Nine seconds for each line, a byte a second or so, and then a pause.
#[tokio::test(start_paused = true)]
async fn a_slow_and_honest_client_stays_for_an_hour() {
    let (mut client, talking) = talk();
    let began = Instant::now();
    while began.elapsed() < 3600 * SECOND {
        for byte in "123456789".chars().take(8) {
            expect(&mut client, &byte.to_string(), "").await;
            sleep(SECOND).await;
        }
        expect(&mut client, "\n", "12345678\n").await;
        sleep(30 * SECOND).await;
    }
    assert!(!talking.is_finished());
    client.shutdown().await.unwrap();
    assert!(talking.await.unwrap().0.is_ok());
}

/// A byte a second never ends a line, and is never silent for long.
#[tokio::test(start_paused = true)]
async fn who_lets_bytes_drip_is_let_go_when_the_line_has_had_its_time() {
    let (mut client, talking) = over(1 << 20, DEFAULTS);
    while client.write_all(b"x").await.is_ok() {
        sleep(SECOND).await;
    }
    let (ended, took) = talking.await.unwrap();
    assert!(matches!(ended, Err(End::Slow)), "{ended:?}");
    assert_eq!(took, 10 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn who_never_reads_is_let_go_after_ten_seconds() {
    let (mut client, talking) = over(4, limits());
    sleep(SECOND).await;
    client.write_all(b"12345\n").await.unwrap();
    let (ended, took) = talking.await.unwrap();
    assert!(matches!(ended, Err(End::Deaf)), "{ended:?}");
    assert_eq!(took, (1 + 10) * SECOND);
}

#[tokio::test(start_paused = true)]
async fn who_reads_late_and_in_time_stays() {
    let (mut client, talking) = over(4, limits());
    for _ in 0..100 {
        client.write_all(b"12345\n").await.unwrap();
        sleep(10 * SECOND - MOMENT).await;
        let mut answer = [0; 6];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"12345\n");
    }
    assert!(!talking.is_finished());
    client.shutdown().await.unwrap();
    assert!(talking.await.unwrap().0.is_ok());
}

#[tokio::test(start_paused = true)]
async fn who_says_no_more_gets_the_rest() {
    for said in ["", "\n", "rest", "line\n", "line\nrest", "a\n\nb"] {
        let (mut client, talking) = talk();
        client.write_all(said.as_bytes()).await.unwrap();
        client.shutdown().await.unwrap();
        assert_eq!(last(&mut client, "").await, said);
        let (ended, took) = talking.await.unwrap();
        assert!(ended.is_ok(), "{ended:?}");
        assert_eq!(took, Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_is_an_end() {
    let (mut client, talking) = over(4, limits());
    client.write_all(b"12345\n").await.unwrap();
    drop(client);
    let (ended, _) = talking.await.unwrap();
    assert!(matches!(ended, Err(End::Broken(_))), "{ended:?}");
}

/// The client keeps sending until it sees the end. What it has sent and nobody
/// has read would make the system break the connection off.
#[tokio::test]
async fn the_last_word_arrives_although_the_client_still_sends()
-> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    for _ in 0..20 {
        let client = TcpStream::connect(listener.local_addr()?).await?;
        let (mut from_server, mut to_server) = client.into_split();
        to_server.write_all(&[b'x'; 100_000]).await?;
        let sending = tokio::spawn(async move {
            while to_server.write_all(&[b'x'; 1000]).await.is_ok() {}
        });
        let (mut socket, _) = listener.accept().await?;
        let parting = tokio::spawn(async move {
            let word = format!("{}\n", End::TooLong);
            part(&mut socket, word.as_bytes()).await;
        });
        let mut word = String::new();
        let reading = from_server.read_to_string(&mut word);
        timeout(10 * SECOND, reading).await??;
        assert_eq!(word, "your line is too long\n");
        sending.abort();
        timeout(10 * SECOND, parting).await??;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_parting_ends_when_the_client_has_closed() {
    let (mut client, mut stream) = duplex(1024);
    let began = Instant::now();
    let parting = async {
        part(&mut stream, b"farewell\n").await;
        began.elapsed()
    };
    let closing = async {
        sleep(SECOND / 2).await;
        let word = last(&mut client, "unread\n").await;
        client.shutdown().await.unwrap();
        word
    };
    let (took, word) = tokio::join!(parting, closing);
    assert_eq!(word, "farewell\n");
    assert_eq!(took, SECOND / 2);
}

/// Whether it keeps sending, is silent, or does not even take the word.
#[tokio::test(start_paused = true)]
async fn a_parting_takes_a_second_at_most() {
    for (wire, sends) in [(1024, true), (1024, false), (4, false)] {
        let (mut client, mut stream) = duplex(wire);
        let sending = tokio::spawn(async move {
            while sends && client.write_all(b"x").await.is_ok() {
                sleep(SECOND / 100).await;
            }
            sleep(60 * SECOND).await;
        });
        let began = Instant::now();
        part(&mut stream, b"farewell\n").await;
        assert_eq!(began.elapsed(), SECOND, "{wire} {sends}");
        sending.abort();
    }
}

#[tokio::test]
async fn who_cannot_hear_is_told_nothing() {
    let broken = || End::from(io::Error::other("snap"));
    for (end, word, is_told) in [
        (End::Idle, "you were silent for too long", true),
        (End::Slow, "your line took too long", true),
        (End::TooLong, "your line is too long", true),
        (End::Stopping, "the server stops", true),
        (End::Deaf, "you did not take your answer", false),
        (broken(), "the connection broke: snap", false),
    ] {
        assert_eq!(end.to_string(), word);
        let (mut client, mut stream) = duplex(1024);
        client.shutdown().await.unwrap();
        end.tell(&mut stream).await;
        drop(stream);
        let mut heard = String::new();
        client.read_to_string(&mut heard).await.unwrap();
        let told = format!("{word}\n");
        assert_eq!(heard, if is_told { &*told } else { "" });
    }
}
