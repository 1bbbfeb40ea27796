//! Members who do not take what the others say.
//!
//! The system takes some megabytes of what is sent to somebody who reads
//! nothing. Only then does the server notice.

use std::{net::SocketAddr, time::Duration};

use echo::chat::mailbox::WAITING;
use tokio::{
    io::AsyncWriteExt,
    task::{JoinHandle, JoinSet},
};

use super::{Guest, assert_grown_less, has_left, open};
use crate::{
    counters::until_counted,
    support::{Server, peak_memory, within},
};

/// So many lines of [`words`] are more than the system and a mailbox take.
pub const OVERFLOW: usize = 9000;

/// Nobody is let go for being deaf.
const PATIENT: [&str; 2] = ["--write-time", "1day"];

/// Nothing comes for so long when the room stands still. No machine that runs
/// these tests is slower than that.
const STILL: Duration = Duration::from_secs(2);

/// So many long lines, each with its number.
pub fn words(lines: usize) -> Vec<u8> {
    let filling = "x".repeat(990);
    let line = |number| format!("{number} {filling}\n");
    (0..lines).map(line).collect::<String>().into_bytes()
}

/// The last of them, as others hear it.
pub fn last_of(lines: usize) -> String {
    format!("ann: {} {}", lines - 1, "x".repeat(990))
}

/// The numbers of the words among these lines.
fn numbers(lines: &[String]) -> Vec<usize> {
    let number = |line: &String| {
        let (_, said) = line.split_once(": ")?;
        said.split(' ').next()?.parse().ok()
    };
    lines.iter().filter_map(number).collect()
}

/// Expects the numbers from 0 on, and returns how many there are.
fn count_in_order(lines: &[String]) -> usize {
    let numbers = numbers(lines);
    assert!(numbers.iter().copied().eq(0..numbers.len()), "{numbers:?}");
    numbers.len()
}

/// Two who hear, and one who does not.
struct Three {
    server: Server,
    ann: Guest,
    bob: Guest,
    deaf: Guest,
}

impl Three {
    async fn meet(slow: &str, options: &[&str]) -> Three {
        let server = open(&[&["--slow", slow], options].concat()).await;
        let deaf = Guest::join(server.addr(), "deaf").await;
        let mut ann = Guest::join(server.addr(), "ann").await;
        let bob = Guest::join(server.addr(), "bob").await;
        ann.hears("* bob has joined").await;
        Three {
            server,
            ann,
            bob,
            deaf,
        }
    }

    /// Ann says much, and those who hear hear all of it. Returns what.
    async fn talk(&mut self) -> (Vec<String>, Vec<String>) {
        let last = last_of(OVERFLOW);
        let words = words(OVERFLOW);
        let (ann, bob) = tokio::join!(
            self.ann.pastes(&words, &last),
            self.bob.hears_up_to(&last),
        );
        for heard in [&ann, &bob] {
            assert_eq!(count_in_order(heard), OVERFLOW);
        }
        (ann, bob)
    }
}

#[tokio::test]
async fn chat_grow_has_all_lines_for_who_takes_them_late() {
    let mut three = Three::meet("grow", &PATIENT).await;
    three.talk().await;
    let heard = three.deaf.hears_up_to(&last_of(OVERFLOW)).await;
    assert_eq!(count_in_order(&heard), OVERFLOW);
    three.server.stop().await;
}

#[tokio::test]
async fn chat_miss_tells_who_takes_lines_late_how_many_are_missing() {
    let mut three = Three::meet("miss", &PATIENT).await;
    three.talk().await;
    let mut heard = Vec::new();
    let missed = loop {
        let line = three.deaf.line().await.unwrap();
        if let Some(rest) = line.strip_prefix("* you have missed ") {
            let number = rest.strip_suffix(" lines").unwrap();
            break number.parse::<usize>().unwrap();
        }
        heard.push(line);
    };
    assert_eq!(count_in_order(&heard) + missed, OVERFLOW);
    three.bob.says("is everybody here?").await;
    three.deaf.hears("bob: is everybody here?").await;
    three.server.stop().await;
}

#[tokio::test]
async fn chat_cut_gives_who_takes_lines_late_what_waits_and_lets_it_go() {
    let mut three = Three::meet("cut", &PATIENT).await;
    three.talk().await;
    let mut heard = three.deaf.hears_to_the_end().await;
    assert_eq!(heard.pop().as_deref(), Some("you are too far behind"));
    let count = count_in_order(&heard);
    assert!((WAITING..OVERFLOW).contains(&count), "{count}");
    three.bob.hears("* deaf has left").await;
    let mut server = three.server;
    server.line("let go: you are too far behind").await;
    let behind = r#"echo_let_go_total{reason="behind"}"#;
    until_counted(server.counters(), &[(behind, 1.0)]).await;
    server.stop().await;
}

/// A room in which nobody hears more, though much has still to be said.
struct Still {
    server: Server,
    talking: JoinHandle<Vec<String>>,
    bob: Guest,
    late: Guest,
}

impl Still {
    /// The room, and the one it waits for.
    async fn room() -> (Still, Guest) {
        let three = Three::meet("wait", &PATIENT).await;
        let (server, mut ann, mut bob) = (three.server, three.ann, three.bob);
        let talking = tokio::spawn(async move {
            ann.pastes(&words(OVERFLOW), &last_of(OVERFLOW)).await
        });
        let mut heard = Vec::new();
        while bob.hears_more_within(STILL).await {
            heard.push(bob.line().await.unwrap());
        }
        let count = count_in_order(&heard);
        assert!((WAITING..OVERFLOW).contains(&count), "{count}");
        let mut late = Guest::come(server.addr()).await;
        late.says("late").await;
        assert!(!late.hears_more_within(STILL).await, "the room waits");
        let still = Still {
            server,
            talking,
            bob,
            late,
        };
        (still, three.deaf)
    }

    /// Everybody hears everything in the end.
    async fn goes_on(mut self) {
        let talking = within("the end of the talk", self.talking);
        assert_eq!(count_in_order(&talking.await.unwrap()), OVERFLOW);
        self.bob.hears_up_to(&last_of(OVERFLOW)).await;
        self.late.hears_up_to("* late has joined").await;
        self.server.stop().await;
    }
}

#[tokio::test]
async fn chat_wait_stops_the_whole_room_until_the_deaf_one_listens() {
    let (still, mut deaf) = Still::room().await;
    let heard = deaf.hears_up_to(&last_of(OVERFLOW)).await;
    assert_eq!(count_in_order(&heard), OVERFLOW);
    still.goes_on().await;
}

#[tokio::test]
async fn chat_wait_stops_the_whole_room_until_the_deaf_one_vanishes() {
    let (still, deaf) = Still::room().await;
    deaf.vanishes();
    still.goes_on().await;
}

#[tokio::test]
async fn chat_the_deaf_one_is_let_go_in_time_whatever_the_policy() {
    let mut policies = JoinSet::new();
    for slow in ["grow", "wait", "miss", "cut"] {
        policies.spawn(the_deaf_one_is_let_go(slow));
    }
    policies.join_all().await;
}

async fn the_deaf_one_is_let_go(slow: &str) {
    let mut three = Three::meet(slow, &["--write-time", "5s"]).await;
    let (ann, bob) = three.talk().await;
    for (guest, mut heard) in [(&mut three.ann, ann), (&mut three.bob, bob)] {
        if !heard.contains(&has_left("deaf")) {
            heard = guest.hears_up_to(&has_left("deaf")).await;
        }
        assert!(!heard.contains(&has_left("bob")), "{slow}");
    }
    let deaf = r#"echo_let_go_total{reason="deaf"}"#;
    until_counted(three.server.counters(), &[(deaf, 1.0)]).await;
    three.server.stop().await;
}

/// So many who have joined, with their names.
async fn crowd(addr: SocketAddr, count: usize) -> Vec<Guest> {
    let mut crowd = Vec::new();
    for number in 0..count {
        crowd.push(Guest::join(addr, &name(number)).await);
    }
    crowd
}

/// As long as a name may be.
fn name(number: usize) -> String {
    format!("somebody-number-{number:04}")
}

/// Each says its words, and all hear so many lines, and the same. Returns those
/// who do.
async fn all_hear(
    crowd: Vec<Guest>,
    words: impl Fn(usize) -> String,
    lines: usize,
) -> Vec<Guest> {
    let mut hearing = JoinSet::new();
    for (number, mut guest) in crowd.into_iter().enumerate() {
        let words = words(number);
        hearing.spawn(async move {
            let heard = guest.pastes_and_hears(words.as_bytes(), lines).await;
            (guest, heard)
        });
    }
    let hearing = within("all to hear everything", hearing.join_all());
    let (crowd, heard): (Vec<_>, Vec<_>) = hearing.await.into_iter().unzip();
    assert!(heard.iter().all(|lines| *lines == heard[0]));
    crowd
}

fn short_words(lines: usize) -> String {
    (0..lines).map(|number| format!("{number}\n")).collect()
}

/// Each of them sends what the room takes in many turns, and they all do so at
/// once. Who waits for the room must not be waited for by the room.
#[tokio::test]
async fn chat_many_who_talk_at_once_hear_everything_from_all() {
    const TALKERS: usize = 30;
    const LINES_EACH: usize = 300;

    for slow in ["wait", "cut"] {
        let server = open(&["--slow", slow]).await;
        let talkers = crowd(server.addr(), TALKERS).await;
        let words = |_| short_words(LINES_EACH);
        all_hear(talkers, words, TALKERS * LINES_EACH).await;
        server.stop().await;
    }
}

/// Private words for somebody who reads nothing, so many that they would be
/// found in the server's memory if they were kept.
const PRIVATE: usize = 20_000;

/// More than the room and its members need, and less than those words, in KiB.
const MOST_KEPT: u64 = 10 * 1024;

/// Among 200, five talk, one never reads, and one tells it things in private.
#[tokio::test]
async fn chat_one_of_200_never_reads_and_the_others_hear_everything() {
    const HEARING: usize = 199;
    const TALKING: usize = 5;
    const SAID: usize = 200;

    let places = ["--clients", "300", "--per-address", "300"];
    let server = open(&[&places[..], &PATIENT].concat()).await;
    let deaf = Guest::join(server.addr(), "deaf").await;
    let others = crowd(server.addr(), HEARING).await;
    let before = peak_memory(server.id());
    let words = |number| match number {
        0 => private_words(),
        1..=TALKING => short_words(SAID),
        _ => String::new(),
    };
    let others = all_hear(others, words, TALKING * SAID + 1).await;
    assert_grown_less(&server, before, MOST_KEPT);
    gets_what_waits(deaf).await;
    for mut guest in others {
        guest.hears("* deaf has left").await;
    }
    let behind = r#"echo_let_go_total{reason="behind"}"#;
    until_counted(server.counters(), &[(behind, 1.0)]).await;
    server.stop().await;
}

/// The first private words come, and then the reason why there are no more.
async fn gets_what_waits(mut deaf: Guest) {
    let mut heard = deaf.hears_to_the_end().await;
    assert_eq!(heard.pop().as_deref(), Some("you are too far behind"));
    heard.retain(|line| line.contains(", to you: "));
    let private = count_in_order(&heard);
    assert!((WAITING / 2..PRIVATE).contains(&private), "{private}");
}

/// Ends with a word for all.
fn private_words() -> String {
    let filling = "x".repeat(990);
    let words = (0..PRIVATE).map(|n| format!("/to deaf {n} {filling}\n"));
    words.chain(["that was all\n".to_owned()]).collect()
}

/// The answers are longer than the question, and nobody takes them.
#[tokio::test]
async fn chat_asking_who_is_here_and_taking_no_answer_harms_nobody() {
    const ROOMFUL: usize = 90;
    const WHO_QUESTIONS: usize = 50_000;

    let mut server = open(&["--write-time", "5s"]).await;
    let mut others = crowd(server.addr(), ROOMFUL).await;
    let before = peak_memory(server.id());
    let mut asks = Guest::join(server.addr(), "asks").await;
    let questions = "/who\n".repeat(WHO_QUESTIONS);
    let asking = tokio::spawn(async move {
        let _ = asks.voice.write_all(questions.as_bytes()).await;
        asks
    });
    for number in 0..100 {
        others[0].says(&number.to_string()).await;
        let line = format!("{}: {number}", name(0));
        others[0].hears_up_to(&line).await;
        others[1].hears_up_to(&line).await;
    }
    server.line("let go: you did not take your answer").await;
    others[2].hears_up_to(&has_left("asks")).await;
    assert_grown_less(&server, before, MOST_KEPT);
    within("the questions", asking).await.unwrap();
    server.stop().await;
}
