//! The tests of the sixteenth exercise. Their clock is paused: whenever all
//! tasks wait, it jumps to the next moment at which something happens.

use std::{io, time::Duration};

use ex16_anew::{End, MOST, Settings, talk, update};
use testkit::Client;
use tokio::{
    io::{DuplexStream, duplex},
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

const SECOND: Duration = Duration::from_secs(1);

/// The settings at the beginning of each test.
const FIRST: Settings = Settings {
    idle: Duration::from_secs(30),
    longest: 10,
};

/// A client, the conversation with it, and the settings.
struct Start {
    client: Client<DuplexStream>,
    conversation: JoinHandle<io::Result<End>>,
    settings: watch::Sender<Settings>,
    /// When the client connected.
    at: Instant,
}

async fn start() -> Start {
    let (here, there) = duplex(1024);
    let (settings, receiver) = watch::channel(FIRST);
    let conversation = tokio::spawn(talk(there, receiver));
    let mut client = Client::new(here);
    client.ask("hello\n", "hello\n").await;
    Start {
        client,
        conversation,
        settings,
        at: Instant::now(),
    }
}

impl Start {
    fn set_idle(&self, seconds: u32) {
        self.settings
            .send_modify(|settings| settings.idle = SECOND * seconds);
    }

    fn set_longest(&self, bytes: usize) {
        self.settings
            .send_modify(|settings| settings.longest = bytes);
    }

    /// Expects that the conversation ends so, and so many seconds after its
    /// beginning.
    async fn expect_end(self, deed: &str, expected: End, seconds: u32) {
        let got = match timeout(SECOND * 1000, self.conversation).await {
            Ok(Ok(got)) => got,
            Ok(Err(_)) => panic!("{deed}, and `talk` panicked"),
            Err(_) => {
                panic!("{deed}, and `talk` had not ended 1000 s later")
            }
        };
        assert!(
            got.as_ref().is_ok_and(|got| *got == expected),
            "{deed}; `talk` should return Ok({expected:?}), and returned \
             {got:?}"
        );
        let took = self.at.elapsed();
        assert!(
            took == SECOND * seconds,
            "{deed}; `talk` should return {seconds} s after the first word, \
             and did so after {took:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn lines_are_answered_when_they_are_complete() {
    let mut start = start().await;
    start.client.ask("one\ntwo\nth", "one\ntwo\n").await;
    start.client.ask("ree\n", "three\n").await;
    start.client.finish().await;
    let deed = "the client sent three lines, and left";
    start.expect_end(deed, End::Left, 0).await;
}

#[tokio::test(start_paused = true)]
async fn without_a_change_the_first_settings_hold() {
    let mut start = start().await;
    sleep(SECOND * 29).await;
    start.client.ask("ten bytes!\n", "ten bytes!\n").await;
    let deed = "`idle` is 30 s, and the client spoke once more after 29 s";
    start.expect_end(deed, End::Idle, 59).await;
}

#[tokio::test(start_paused = true)]
async fn a_shorter_time_counts_at_once() {
    let start = start().await;
    sleep(SECOND * 20).await;
    start.set_idle(10);
    let deed = "the client was silent for 20 s when `idle` became 10 s";
    start.expect_end(deed, End::Idle, 20).await;
}

#[tokio::test(start_paused = true)]
async fn the_new_time_counts_from_the_last_word() {
    let start = start().await;
    sleep(SECOND * 10).await;
    start.set_idle(15);
    let deed = "the client was silent for 10 s when `idle` became 15 s";
    start.expect_end(deed, End::Idle, 15).await;
}

#[tokio::test(start_paused = true)]
async fn a_longer_time_counts_too() {
    let start = start().await;
    sleep(SECOND * 20).await;
    start.set_idle(60);
    let deed = "the client was silent for 20 s when `idle` became 60 s";
    start.expect_end(deed, End::Idle, 60).await;
}

#[tokio::test(start_paused = true)]
async fn settings_change_more_than_once() {
    let start = start().await;
    for seconds in [300, 200, 100] {
        sleep(SECOND * 10).await;
        start.set_idle(seconds);
    }
    let deed = "every 10 s `idle` became another: 300, 200, 100 s";
    start.expect_end(deed, End::Idle, 100).await;
}

#[tokio::test(start_paused = true)]
async fn another_setting_gives_no_more_time() {
    let start = start().await;
    sleep(SECOND * 20).await;
    start.set_longest(20);
    let deed = "the client was silent for 20 s when `longest` changed, and \
                `idle` stayed 30 s";
    start.expect_end(deed, End::Idle, 30).await;
}

#[tokio::test(start_paused = true)]
async fn half_a_line_outlives_a_change() {
    let mut start = start().await;
    start.client.send("half ").await;
    sleep(SECOND).await;
    start.set_idle(20);
    sleep(SECOND).await;
    start.client.send("done\n").await;
    let deed = "the client sent \"half \", `idle` changed, and the client sent \
                \"done\\n\"";
    start.client.expect_when(deed, "half done\n").await;
}

#[tokio::test(start_paused = true)]
async fn the_longest_line_changes_too() {
    let mut start = start().await;
    start.set_longest(15);
    sleep(SECOND).await;
    start
        .client
        .ask("fifteen bytes!!\n", "fifteen bytes!!\n")
        .await;
    start.set_longest(3);
    sleep(SECOND).await;
    start.client.ask("abc\n", "abc\n").await;
    start.client.send("abcd").await;
    let deed = "`longest` became 3, and the client sent \"abcd\"";
    start.expect_end(deed, End::TooLong, 2).await;
}

#[tokio::test(start_paused = true)]
async fn the_last_settings_hold() {
    let mut start = start().await;
    start.set_idle(40);
    sleep(SECOND).await;
    // This drops the sender.
    start.settings = watch::channel(FIRST).0;
    sleep(SECOND).await;
    start.client.ask("still here\n", "still here\n").await;
    let deed = "`idle` became 40 s, the sender was dropped, and the client \
                spoke 2 s after its first word";
    start.expect_end(deed, End::Idle, 42).await;
}

/// Settings that somebody listens to.
fn channel() -> (watch::Sender<Settings>, watch::Receiver<Settings>) {
    watch::channel(FIRST)
}

/// Expects that an update with this text succeeds, and what is set then.
fn expect_settings(
    settings: &watch::Sender<Settings>,
    text: &str,
    idle: u64,
    longest: usize,
) {
    let got = update(settings, text);
    assert!(
        got == Ok(()),
        "`update` was given {text:?}, and returned {got:?}"
    );
    let idle = Duration::from_secs(idle);
    let expected = Settings { idle, longest };
    let got = *settings.borrow();
    assert!(
        got == expected,
        "`update` was given {text:?}\n and expected {expected:?}\n      and \
         got {got:?}"
    );
}

#[test]
fn a_text_sets_both() {
    let (settings, _receiver) = channel();
    expect_settings(&settings, "idle = 5\nlongest = 100\n", 5, 100);
    expect_settings(&settings, "\n  longest=1\n\n \t\nidle  =  7 ", 7, 1);
    let most = format!("idle = {MOST}\nlongest = {MOST}");
    expect_settings(&settings, &most, MOST.into(), MOST as usize);
}

#[test]
fn what_is_not_named_stays() {
    let (settings, _receiver) = channel();
    expect_settings(&settings, "idle = 5", 5, 10);
    expect_settings(&settings, "longest = 100", 5, 100);
    expect_settings(&settings, "", 5, 100);
}

#[test]
fn they_change_while_nobody_is_connected() {
    let (settings, receiver) = channel();
    drop(receiver);
    expect_settings(&settings, "idle = 5\nlongest = 100", 5, 100);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_connected_hears_of_it() {
    let start = start().await;
    sleep(SECOND * 3).await;
    let text = "idle = 5\nlongest = 100";
    let got = update(&start.settings, text);
    assert!(got.is_ok(), "`update` was given {text:?}: {got:?}");
    let deed = "the client was silent for 3 s, and `update` set `idle` to 5 s";
    start.expect_end(deed, End::Idle, 5).await;
}

/// Texts with nonsense in a line, and its number.
const NONSENSE: &[(&str, u32)] = &[
    ("idle = 5\nlongest = many", 2),
    ("idle = 5\nlongest = ", 2),
    ("idle = 5\nlongest", 2),
    ("idle = 5\n= 7", 2),
    ("idel = 5", 1),
    ("idle = 0", 1),
    ("idle = -1", 1),
    ("idle = 100001", 1),
    ("idle = 5\nlongest = 0", 2),
    ("idle = 5\nlongest = 100001", 2),
    ("idle = 99999999999999999999", 1),
    ("idle = 5\nlongest = 100\nidle = 6", 3),
    ("idle = 5 6", 1),
    ("longest = 100 idle = 5", 1),
    ("\n\nidle = 5\n\nlongest = x\n", 5),
    ("idle = 5\nlongest = x\nidle = y", 2),
];

#[test]
fn nonsense_is_named() {
    for (text, line) in NONSENSE {
        let (settings, _receiver) = channel();
        let got = update(&settings, text);
        let begin = format!("line {line}:");
        let is_named = |error: &String| error.starts_with(&begin);
        assert!(
            got.as_ref().is_err_and(is_named),
            "`update` was given {text:?}\n and expected an error that begins \
             with {begin:?}\n      and got {got:?}"
        );
    }
}

#[test]
fn nonsense_changes_nothing() {
    for (text, _) in NONSENSE {
        let (settings, _receiver) = channel();
        let _ = update(&settings, text);
        let got = *settings.borrow();
        assert!(
            got == FIRST,
            "`update` was given {text:?}\n and expected {FIRST:?}\n      and \
             got {got:?}"
        );
    }
}

#[test]
fn nobody_is_told_of_nonsense() {
    for (text, _) in NONSENSE {
        let (settings, receiver) = channel();
        let _ = update(&settings, text);
        let told = receiver.has_changed();
        assert!(
            matches!(told, Ok(false)),
            "`update` was given {text:?}, and the channel says that the \
             settings have changed"
        );
    }
}
