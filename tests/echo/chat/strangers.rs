//! What strangers can send to a room.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use super::{Guest, assert_grown_less, has_joined, has_left, open};
use crate::support::{Server, peak_memory};

/// More than the room may come to need for what strangers do, in KiB.
const MOST_TAKEN: u64 = 16 * 1024;

const MEGABYTE: usize = 1024 * 1024;

/// A room with two honest people. They hear whatever a stranger does there.
struct House {
    server: Server,
    ann: Guest,
    bob: Guest,
    before: u64,
}

impl House {
    async fn open(options: &[&str]) -> House {
        let server = open(options).await;
        let mut ann = Guest::join(server.addr(), "ann").await;
        let bob = Guest::join(server.addr(), "bob").await;
        ann.hears("* bob has joined").await;
        let before = peak_memory(server.id());
        House {
            server,
            ann,
            bob,
            before,
        }
    }

    /// Somebody who has been asked for a name.
    async fn stranger(&self) -> Guest {
        Guest::come(self.server.addr()).await
    }

    /// A stranger who has got in.
    async fn member(&mut self, name: &str) -> Guest {
        let guest = Guest::join(self.server.addr(), name).await;
        self.both_hear(&[&has_joined(name)]).await;
        guest
    }

    /// These lines and no other have come to both since the last ones.
    async fn both_hear(&mut self, lines: &[&str]) {
        for line in lines {
            self.ann.hears(line).await;
            self.bob.hears(line).await;
        }
    }

    /// The two talk as if there had been nobody, and the server has not grown.
    async fn ends_well(mut self) {
        self.ann.says("hello").await;
        self.both_hear(&["ann: hello"]).await;
        self.bob.says("/to ann still here").await;
        self.ann.hears("bob, to you: still here").await;
        assert_grown_less(&self.server, self.before, MOST_TAKEN);
        self.server.stop().await;
    }
}

#[tokio::test]
async fn chat_a_bad_name_is_told_and_nobody_else_hears_of_it() {
    let house = House::open(&[]).await;
    let mut stranger = house.stranger().await;
    let signs = "* a name has only letters, digits, - and _";
    let too_long = "* a name has at most 20 letters";
    let bad: [(&[u8], &str); 9] = [
        (b"", "* a name has at least one letter"),
        (b" \t", "* a name has at least one letter"),
        (b"\r", "* a name has at least one letter"),
        (&[b'a'; 21], too_long),
        (b"a b", signs),
        (b"a\0b", signs),
        (b"\x1b[2J", signs),
        ("aña".as_bytes(), signs),
        (b"a\xffb", "* your line is not UTF-8"),
    ];
    for (name, answer) in bad {
        stranger.sends(&[name, b"\n"].concat()).await;
        stranger.hears(answer).await;
    }
    stranger.says("ANN").await;
    stranger.hears("* somebody else has that name").await;
    drop(stranger);
    house.ends_well().await;
}

#[tokio::test]
async fn chat_a_bad_line_is_told_and_nobody_else_hears_of_it() {
    let mut house = House::open(&[]).await;
    let mut stranger = house.member("stranger").await;
    let shown = "* that cannot be shown to others";
    let bad: [(&[u8], &str); 10] = [
        (b"", "* you have said nothing"),
        (b"\r", "* you have said nothing"),
        (b"a\0b", shown),
        (b"\x1b[2J", shown),
        (b"a\rb", shown),
        ("\u{202e}nna".as_bytes(), shown),
        (b"\xff\xfe", "* your line is not UTF-8"),
        (b"/to ann\x80 psst", "* your line is not UTF-8"),
        (&[b'x'; 1025], "* your line is too long"),
        (b"/dance", "* there are /who, /to NAME WORDS and /leave"),
    ];
    for (line, answer) in bad {
        stranger.sends(&[line, b"\n"].concat()).await;
        stranger.hears(answer).await;
    }
    stranger.says("/leave").await;
    house.both_hear(&[&has_left("stranger")]).await;
    house.ends_well().await;
}

#[tokio::test]
async fn chat_ten_megabytes_without_an_end_are_one_bad_line_and_take_no_memory()
{
    let mut house = House::open(&[]).await;
    let long = [vec![b'x'; 10 * MEGABYTE], b"\n".to_vec()].concat();
    let mut stranger = house.stranger().await;
    stranger.sends(&long).await;
    stranger.hears("* your line is too long").await;
    stranger.says("stranger").await;
    stranger.hears_up_to(&has_joined("stranger")).await;
    stranger.sends(&long).await;
    stranger.hears("* your line is too long").await;
    stranger.says("was that too much?").await;
    stranger.hears("stranger: was that too much?").await;
    let joined = has_joined("stranger");
    house
        .both_hear(&[&joined, "stranger: was that too much?"])
        .await;
    house.ends_well().await;
}

/// Whoever comes with a name that is taken gets in when it is free.
#[tokio::test]
async fn chat_a_name_is_had_by_one_at_a_time() {
    let mut house = House::open(&[]).await;
    let mut first = house.member("eve").await;
    let mut second = house.stranger().await;
    second.says("Eve").await;
    second.hears("* somebody else has that name").await;
    first.says("eve").await;
    first.hears("eve: eve").await;
    first.vanishes();
    house.both_hear(&["eve: eve", &has_left("eve")]).await;
    second.says("eve").await;
    house.both_hear(&[&has_joined("eve")]).await;
    second.vanishes();
    house.both_hear(&[&has_left("eve")]).await;
    house.ends_well().await;
}

#[tokio::test]
async fn chat_everything_may_come_a_byte_at_a_time() {
    let mut house = House::open(&[]).await;
    let mut stranger = house.stranger().await;
    stranger.voice.as_ref().set_nodelay(true).unwrap();
    for byte in "slow\r\nslow, but sure ✓\n/to ann psst\n/leave\n".bytes() {
        stranger.sends(&[byte]).await;
    }
    let joined = has_joined("slow");
    house.both_hear(&[&joined, "slow: slow, but sure ✓"]).await;
    house.ann.hears("slow, to you: psst").await;
    house.both_hear(&[&has_left("slow")]).await;
    house.ends_well().await;
}

/// There is a limit to how long the room waits for a name, and none to how long
/// a member thinks.
#[tokio::test]
async fn chat_half_a_name_is_waited_for_and_not_for_long_and_half_a_line_is() {
    const BEFORE_A_NAME: Duration = Duration::from_secs(3);

    let mut house = House::open(&["--idle", "3s"]).await;
    let mut member = Guest::come(house.server.addr()).await;
    member.says("member").await;
    house.both_hear(&[&has_joined("member")]).await;
    member.sends(b"I am think").await;
    let began = tokio::time::Instant::now();
    let mut silent = house.stranger().await;
    silent.sends(b"sil").await;
    silent.hears("you were silent for too long").await;
    assert!(began.elapsed() >= BEFORE_A_NAME);
    assert_eq!(silent.line().await, None);
    member.says("ing").await;
    house.both_hear(&["member: I am thinking"]).await;
    house.ends_well().await;
}

#[tokio::test]
async fn chat_half_a_line_at_the_end_is_a_line() {
    let mut house = House::open(&[]).await;
    let mut stranger = house.stranger().await;
    stranger.sends(b"stranger\nis half a").await;
    stranger.voice.shutdown().await.unwrap();
    stranger.hears_up_to("stranger: is half a").await;
    assert_eq!(stranger.line().await, None);
    let all = ["* stranger has joined", "stranger: is half a"];
    house.both_hear(&all).await;
    house.both_hear(&[&has_left("stranger")]).await;

    let mut half = house.stranger().await;
    half.sends(b"half").await;
    half.voice.shutdown().await.unwrap();
    house
        .both_hear(&["* half has joined", "* half has left"])
        .await;
    house.ends_well().await;
}

/// A million in a release build.
const MANY_LINES: usize = if cfg!(debug_assertions) {
    100_000
} else {
    1_000_000
};

#[tokio::test]
async fn chat_a_million_tiny_lines_reach_all_and_nobody_is_cut() {
    let mut house = House::open(&[]).await;
    let mut stranger = house.member("stranger").await;
    let said = (0..MANY_LINES)
        .map(|n| format!("{n}\n"))
        .collect::<String>();
    let last = format!("stranger: {}", MANY_LINES - 1);
    let talking = async {
        tokio::join!(
            stranger.pastes(said.as_bytes(), &last),
            house.ann.hears_up_to(&last),
            house.bob.hears_up_to(&last),
        )
    };
    let heard = talking.await;
    for lines in [heard.0, heard.1, heard.2] {
        assert_eq!(lines.len(), MANY_LINES);
        let said = |n| format!("stranger: {n}");
        assert!(lines.into_iter().eq((0..MANY_LINES).map(said)));
    }
    house.ends_well().await;
}

#[tokio::test]
async fn chat_a_million_empty_lines_are_answered_and_heard_by_nobody_else() {
    let mut house = House::open(&[]).await;
    let mut stranger = house.member("stranger").await;
    let sent = ["\n".repeat(MANY_LINES), "/who\n".to_owned()].concat();
    let last = "* here: ann, bob, stranger";
    let mut heard = stranger.pastes(sent.as_bytes(), last).await;
    heard.pop();
    assert_eq!(heard.len(), MANY_LINES);
    assert!(heard.iter().all(|line| line == "* you have said nothing"));
    house.ends_well().await;
}
