//! The tests of the thirteenth exercise. Their clock is paused: whenever all
//! tasks wait, it jumps to the next moment at which something happens.

use std::{io, time::Duration};

use ex13_rate::talk;
use testkit::{Client, show};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split},
    task::JoinHandle,
    time::{Instant, sleep, timeout, timeout_at},
};

/// A token comes every 10 ms.
const RATE: u32 = 100;

const BURST: u32 = 50;

/// Half the time between two tokens: at no full 10 ms it is unclear which of
/// two things comes first.
const HALF: Duration = Duration::from_millis(5);

const SECOND: Duration = Duration::from_secs(1);

/// More than any test sends.
const ROOM: usize = 64 * 1024;

/// A client, and the conversation with it.
fn start() -> (Client<DuplexStream>, JoinHandle<io::Result<()>>) {
    let (here, there) = duplex(ROOM);
    (Client::new(here), tokio::spawn(talk(there, RATE, BURST)))
}

/// So many bytes, each other than its neighbours.
fn bytes(length: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(length).collect()
}

/// Reads what comes back until so much time has passed, and adds it to `got`.
async fn listen(
    client: &mut Client<DuplexStream>,
    time: Duration,
    got: &mut Vec<u8>,
) {
    let end = Instant::now() + time;
    let mut buffer = [0; 1024];
    while let Ok(read) = timeout_at(end, client.socket.read(&mut buffer)).await
    {
        match read {
            Ok(0) => return,
            Ok(length) => got.extend_from_slice(&buffer[..length]),
            Err(error) => panic!("the connection broke: {error}"),
        }
    }
}

/// Sends so many bytes, and expects so many of them back in the next moment.
async fn expect_at_once(
    client: &mut Client<DuplexStream>,
    deed: &str,
    length: usize,
    expected: usize,
) {
    client.send(bytes(length)).await;
    let mut got = Vec::new();
    listen(client, HALF, &mut got).await;
    assert!(
        got.len() == expected,
        "{deed}, and sent {length} bytes; it should have got {expected} of \
         them at once, and got {}",
        got.len()
    );
}

/// Has the client use up its burst.
async fn empty(client: &mut Client<DuplexStream>) {
    let burst = BURST as usize;
    let deed = "the client connected";
    expect_at_once(client, deed, burst, burst).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_is_answered() {
    let (mut client, _conversation) = start();
    client.ask("hello", "hello").await;
    client.ask("again", "again").await;
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_answered_at_once() {
    let (mut client, _conversation) = start();
    empty(&mut client).await;
}

#[tokio::test(start_paused = true)]
async fn who_sends_more_is_slowed_down() {
    let (mut client, _conversation) = start();
    let sent = bytes(500);
    client.send(&sent).await;
    let mut got = Vec::new();
    let mut time = HALF;
    listen(&mut client, HALF, &mut got).await;
    for expected in [50, 150, 250, 350, 450, 500, 500] {
        assert!(
            got.len() == expected,
            "the client sent 500 bytes at once; after {time:?} it should \
             have got {expected} of them, and had got {}",
            got.len()
        );
        listen(&mut client, SECOND, &mut got).await;
        time += SECOND;
    }
    assert!(
        got == sent,
        "the client sent {}, and got {}",
        show(&sent),
        show(&got)
    );
}

#[tokio::test(start_paused = true)]
async fn only_what_has_come_is_paid_for() {
    let (mut client, _conversation) = start();
    for sent in 0..10 {
        let deed = format!("the client has sent {sent} times 5 bytes before");
        expect_at_once(&mut client, &deed, 5, 5).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_rest_buys_a_little() {
    let (mut client, _conversation) = start();
    empty(&mut client).await;
    sleep(Duration::from_millis(200) - HALF).await;
    let deed = "the client used up its burst, rested for 0.2 s";
    expect_at_once(&mut client, deed, 500, 20).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_at_rest_has_one_burst() {
    let (mut client, _conversation) = start();
    sleep(Duration::from_secs(3600)).await;
    let deed = "the client connected, said nothing for an hour";
    expect_at_once(&mut client, deed, 500, BURST as usize).await;
}

#[tokio::test(start_paused = true)]
async fn a_long_rest_buys_one_burst() {
    let (mut client, _conversation) = start();
    empty(&mut client).await;
    sleep(Duration::from_secs(3600)).await;
    let deed = "the client used up its burst, rested for an hour";
    expect_at_once(&mut client, deed, 500, BURST as usize).await;
}

#[tokio::test(start_paused = true)]
async fn parts_of_tokens_add_up() {
    let (mut client, _conversation) = start();
    empty(&mut client).await;
    // Each time there is a token and a half, and the client uses one.
    sleep(Duration::from_millis(10)).await;
    for _ in 0..100 {
        sleep(Duration::from_millis(15)).await;
        client.ask("x", "x").await;
    }
    sleep(Duration::from_millis(15)).await;
    let deed = "the client used up its burst, then sent one byte every 15 ms, \
                100 times, rested for 15 ms";
    expect_at_once(&mut client, deed, 500, BURST as usize).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_too_much_stays_with_the_client() {
    let room = 16;
    let (here, there) = duplex(room);
    let _conversation = tokio::spawn(talk(there, RATE, BURST));
    let (mut reader, mut writer) = split(here);
    let listener = tokio::spawn(async move {
        let mut got = Vec::new();
        reader.read_to_end(&mut got).await
    });

    let mut sent = 0;
    for (time, tokens) in [(HALF, 50), (SECOND, 150), (SECOND, 250)] {
        let end = Instant::now() + time;
        let most = tokens + room;
        while sent <= most
            && let Ok(written) = timeout_at(end, writer.write(b"x")).await
        {
            sent += written.expect("the connection broke");
        }
        let what = if sent > most {
            "more"
        } else {
            &sent.to_string()
        };
        assert!(
            sent == most,
            "on its way to your code there is room for {room} bytes, and \
             {tokens} might be read by now; so the client should have been \
             able to send {most}, and has sent {what}"
        );
    }
    listener.abort();
}

#[tokio::test(start_paused = true)]
async fn one_client_does_not_slow_down_another() {
    let (mut greedy, _first) = start();
    let deed = "the first client connected";
    expect_at_once(&mut greedy, deed, 5000, BURST as usize).await;
    let (mut modest, _second) = start();
    let deed = "the first client sent 5000 bytes; the second one connected";
    let burst = BURST as usize;
    expect_at_once(&mut modest, deed, burst, burst).await;
}

#[tokio::test(start_paused = true)]
async fn who_leaves_gets_all_that_it_has_sent() {
    let (mut client, conversation) = start();
    let sent = bytes(300);
    client.send(&sent).await;
    client.finish().await;
    let mut got = Vec::new();
    listen(&mut client, SECOND * 10, &mut got).await;
    let deed = "the client sent 300 bytes and left";
    assert!(
        got == sent,
        "{deed}; it should have got {}, and got {}",
        show(&sent),
        show(&got)
    );
    match timeout(SECOND * 10, conversation).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => {
            panic!("{deed}, and `talk` returned the error {error}")
        }
        Ok(Err(_)) => panic!("{deed}, and `talk` panicked"),
        Err(_) => panic!("{deed}, and `talk` had not ended 10 s later"),
    }
}
