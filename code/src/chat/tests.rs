//! People at wires that hold in memory, whose time passes only when all wait.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    task::JoinHandle,
    time::sleep,
};

use super::{mailbox::Slow, *};
use crate::limits::DEFAULTS;

const MOMENT: Duration = Duration::from_millis(1);

/// A room, and the token that stops the server.
struct House {
    room: Room,
    stop: CancellationToken,
}

/// Somebody with a terminal.
struct Guest {
    wire: DuplexStream,
    talking: JoinHandle<Result<(), End>>,
}

impl House {
    fn open(slow: Slow) -> House {
        let (room, mut keeper) = Room::new(slow);
        let stop = CancellationToken::new();
        let asked = stop.clone();
        tokio::spawn(
            async move { asked.run_until_cancelled(keeper.run()).await },
        );
        House { room, stop }
    }

    /// Somebody at a wire that holds so many bytes.
    fn guest_at(&self, bytes: usize) -> Guest {
        let (wire, stream) = duplex(bytes);
        let (room, stop) = (self.room.clone(), self.stop.clone());
        let talking = tokio::spawn(async move {
            converse(stream, &room, &DEFAULTS, &stop).await
        });
        Guest { wire, talking }
    }

    /// Somebody who has joined, and has read that.
    async fn member(&self, name: &str) -> Guest {
        let mut guest = self.guest_at(1 << 20);
        guest.says(name).await;
        let heard = guest.hears().await;
        assert!(
            heard.ends_with(&format!("* {name} has joined\n")),
            "{heard}"
        );
        guest
    }
}

impl Guest {
    async fn says(&mut self, line: &str) {
        self.sends(format!("{line}\n").as_bytes()).await;
    }

    async fn sends(&mut self, bytes: &[u8]) {
        self.wire.write_all(bytes).await.unwrap();
    }

    /// All that comes until nothing comes for a moment.
    async fn hears(&mut self) -> String {
        let mut heard = Vec::new();
        let reading = async {
            while self.wire.read_buf(&mut heard).await.unwrap() > 0 {}
        };
        let _ = timeout(MOMENT, reading).await;
        String::from_utf8(heard).unwrap()
    }

    /// Says something, and hears exactly this.
    async fn expect(&mut self, line: &str, answer: &str) {
        self.says(line).await;
        assert_eq!(self.hears().await, format!("{answer}\n"), "for {line:?}");
    }

    /// How the conversation has ended.
    async fn end(self) -> Result<(), End> {
        self.talking.await.unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn three_people_talk() {
    let house = House::open(Slow::Cut);
    let mut ann = house.member("ann").await;
    let mut bob = house.member("bob").await;
    let mut eve = house.member("eve").await;
    let joined = "* bob has joined\n* eve has joined\n";
    assert_eq!(ann.hears().await, joined);
    bob.hears().await;

    ann.expect("hello", "ann: hello").await;
    assert_eq!(bob.hears().await, "ann: hello\n");
    ann.expect("/who", "* here: ann, bob, eve").await;
    bob.says("/to ann psst").await;
    assert_eq!(ann.hears().await, "bob, to you: psst\n");
    assert_eq!(bob.hears().await, "");
    assert_eq!(eve.hears().await, "ann: hello\n");

    bob.says("/leave").await;
    assert_eq!(ann.hears().await, "* bob has left\n");
    assert_eq!(bob.hears().await, "");
    assert!(bob.end().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_bad_name_is_told_and_another_one_may_be_tried() {
    let house = House::open(Slow::Cut);
    let mut ann = house.member("ann").await;
    let mut bob = house.guest_at(1 << 20);
    assert_eq!(bob.hears().await, "* who are you?\n");
    bob.expect("", "* a name has at least one letter").await;
    bob.expect("  ", "* a name has at least one letter").await;
    bob.expect("an ape", "* a name has only letters, digits, - and _")
        .await;
    let long = "a".repeat(21);
    bob.expect(&long, "* a name has at most 20 letters").await;
    bob.expect("Ann", "* somebody else has that name").await;
    bob.sends(b"b\xffb\n").await;
    assert_eq!(bob.hears().await, "* your line is not UTF-8\n");
    bob.says(&"b".repeat(500_000)).await;
    assert_eq!(bob.hears().await, "* your line is too long\n");
    bob.says(" BOB\r").await;
    let heard = bob.hears().await;
    assert_eq!(heard, "* ann has joined\n* bob has joined\n");
    assert_eq!(ann.hears().await, "* bob has joined\n");
}

#[tokio::test(start_paused = true)]
async fn a_bad_line_is_told_to_its_sender_and_to_nobody_else() {
    let house = House::open(Slow::Cut);
    let mut ann = house.member("ann").await;
    let mut bob = house.member("bob").await;
    ann.hears().await;
    bob.expect("", "* you have said nothing").await;
    bob.expect("a\0b", "* that cannot be shown to others").await;
    bob.expect("\u{1b}[2J", "* that cannot be shown to others")
        .await;
    bob.expect("/dance", "* there are /who, /to NAME WORDS and /leave")
        .await;
    bob.expect("/to eve hi", "* there is nobody of that name")
        .await;
    bob.expect(&"b".repeat(LONGEST_WORDS + 1), "* your line is too long")
        .await;
    bob.sends(b"\xff\xfe\n").await;
    assert_eq!(bob.hears().await, "* your line is not UTF-8\n");
    assert_eq!(ann.hears().await, "");

    let longest = "b".repeat(LONGEST_WORDS);
    bob.says(&longest).await;
    assert_eq!(ann.hears().await, format!("bob: {longest}\n"));
}

#[tokio::test(start_paused = true)]
async fn a_line_may_come_a_byte_at_a_time_or_many_at_once() {
    let house = House::open(Slow::Cut);
    let mut ann = house.member("ann").await;
    for byte in "slow, but sure\n".bytes() {
        assert_eq!(ann.hears().await, "");
        ann.sends(&[byte]).await;
    }
    assert_eq!(ann.hears().await, "ann: slow, but sure\n");
    ann.sends(b"1\n2\n3\nhalf").await;
    assert_eq!(ann.hears().await, "ann: 1\nann: 2\nann: 3\n");
}

#[tokio::test(start_paused = true)]
async fn who_says_no_more_has_left_and_hears_what_was_said_before() {
    let house = House::open(Slow::Cut);
    let mut ann = house.member("ann").await;
    let mut bob = house.member("bob").await;
    ann.hears().await;
    bob.sends(b"a last word, without an end").await;
    bob.wire.shutdown().await.unwrap();
    let said = "bob: a last word, without an end\n";
    assert_eq!(ann.hears().await, format!("{said}* bob has left\n"));
    assert_eq!(bob.hears().await, said);
    assert!(bob.end().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn who_vanishes_has_left() {
    let house = House::open(Slow::Cut);
    let mut ann = house.member("ann").await;
    let bob = house.member("bob").await;
    let eve = house.member("eve").await;
    ann.hears().await;
    drop(bob.wire);
    assert_eq!(ann.hears().await, "* bob has left\n");
    eve.talking.abort();
    assert_eq!(ann.hears().await, "* eve has left\n");
    ann.expect("/who", "* here: ann").await;
}

#[tokio::test(start_paused = true)]
async fn who_never_says_a_name_has_to_go_and_nobody_hears_of_it() {
    let house = House::open(Slow::Cut);
    let mut ann = house.member("ann").await;
    let mut silent = house.guest_at(1 << 20);
    let mut chatty = house.guest_at(1 << 20);
    while !chatty.talking.is_finished() {
        // Bad names do not win time.
        let _ = chatty.wire.write_all(b"?\n").await;
        chatty.hears().await;
        sleep(Duration::from_secs(1)).await;
    }
    silent.hears().await;
    assert!(matches!(silent.end().await, Err(End::Idle)));
    assert!(matches!(chatty.end().await, Err(End::Idle)));
    assert_eq!(ann.hears().await, "");
}

#[tokio::test(start_paused = true)]
async fn who_has_joined_may_be_silent() {
    let house = House::open(Slow::Cut);
    let mut ann = house.member("ann").await;
    ann.sends(b"I am think").await;
    sleep(Duration::from_secs(24 * 3600)).await;
    ann.expect("ing", "ann: I am thinking").await;
}

#[tokio::test(start_paused = true)]
async fn who_takes_no_line_is_let_go_and_the_others_are_told() {
    let house = House::open(Slow::Cut);
    let mut ann = house.member("ann").await;
    let mut deaf = house.guest_at(64);
    deaf.says("deaf").await;
    ann.hears().await;
    ann.says(&"a".repeat(100)).await;
    ann.hears().await;
    sleep(DEFAULTS.write_time.get()).await;
    assert_eq!(ann.hears().await, "* deaf has left\n");
    assert!(matches!(deaf.end().await, Err(End::Deaf)));
}

#[tokio::test(start_paused = true)]
async fn who_falls_behind_gets_what_waits_and_is_let_go() {
    let house = House::open(Slow::Cut);
    let mut ann = house.member("ann").await;
    let mut slow = house.guest_at(64);
    slow.says("slow").await;
    ann.hears().await;
    for number in 0..2 * mailbox::WAITING {
        ann.says(&number.to_string()).await;
        ann.hears().await;
    }
    let heard = slow.hears().await;
    let lines: Vec<_> = heard.lines().collect();
    let said = |number| format!("ann: {number}");
    let numbers = (0..).map(said).take(lines.len() - 3);
    assert!(lines[3..].iter().eq(numbers.collect::<Vec<_>>().iter()));
    let waited = mailbox::WAITING..mailbox::WAITING + 2 * AT_ONCE;
    assert!(waited.contains(&lines.len()), "{}", lines.len());
    assert!(matches!(slow.end().await, Err(End::Behind)));
    assert_eq!(ann.hears().await, "* slow has left\n");
}

#[tokio::test(start_paused = true)]
async fn the_stop_of_the_server_ends_every_conversation() {
    let house = House::open(Slow::Cut);
    let ann = house.member("ann").await;
    let nameless = house.guest_at(1 << 20);
    house.stop.cancel();
    assert!(matches!(ann.end().await, Err(End::Stopping)));
    assert!(matches!(nameless.end().await, Err(End::Stopping)));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_has_begun_is_whole_when_the_server_stops() {
    let house = House::open(Slow::Cut);
    let mut ann = house.member("ann").await;
    let mut slow = house.guest_at(64);
    slow.says("slow").await;
    ann.says(&"a".repeat(100)).await;
    ann.hears().await;
    // It is in the middle of a line: the wire is full.
    house.stop.cancel();
    sleep(MOMENT).await;
    let heard = slow.hears().await;
    assert!(
        heard.ends_with(&format!("ann: {}\n", "a".repeat(100))),
        "{heard}"
    );
    assert!(matches!(slow.end().await, Err(End::Stopping)));
}

/// What ann has heard of her own lines, the others have, or will have.
#[tokio::test(start_paused = true)]
async fn nothing_that_was_said_is_lost_when_the_server_stops() {
    let house = House::open(Slow::Cut);
    let mut ann = house.member("ann").await;
    let mut slow = house.guest_at(64);
    slow.says("slow").await;
    ann.hears().await;
    let mut said = String::new();
    for number in 0..3 * AT_ONCE {
        let line = format!("line {number}, which fills a wire of 64 bytes");
        ann.expect(&line, &format!("ann: {line}")).await;
        said += &format!("ann: {line}\n");
    }
    house.stop.cancel();
    let heard = slow.hears().await;
    assert!(heard.ends_with(&said), "{heard}");
    assert_eq!(ann.hears().await, "", "nobody has left before the end");
    for person in [ann, slow] {
        assert!(matches!(person.end().await, Err(End::Stopping)));
    }
}

/// The last word tells why, and nothing else does.
#[tokio::test(start_paused = true)]
async fn who_speaks_while_the_server_stops_is_not_told_of_a_crash() {
    let house = House::open(Slow::Wait);
    let mut ann = house.member("ann").await;
    let mut bob = house.guest_at(64);
    bob.says("bob").await;
    assert_eq!(ann.hears().await, "* bob has joined\n");
    // The room waits for bob, who takes nothing, and then ann for the room.
    for _ in 0..2 * mailbox::WAITING {
        ann.says("hello").await;
    }
    ann.hears().await;
    house.stop.cancel();
    let heard = ann.hears().await;
    assert!(heard.lines().all(|line| line == "ann: hello"), "{heard}");
    assert!(matches!(ann.end().await, Err(End::Stopping)));
}

#[tokio::test(start_paused = true)]
async fn who_gives_a_name_when_the_room_closes_is_not_told_of_a_crash() {
    let house = House::open(Slow::Wait);
    let mut ann = house.member("ann").await;
    let mut deaf = house.guest_at(64);
    deaf.says("deaf").await;
    ann.hears().await;
    for _ in 0..2 * mailbox::WAITING {
        ann.says("hello").await;
    }
    ann.hears().await;
    let mut late = house.guest_at(1 << 20);
    late.says("late").await;
    assert_eq!(late.hears().await, "* who are you?\n");
    house.stop.cancel();
    assert_eq!(late.hears().await, "");
    assert!(matches!(late.end().await, Err(End::Stopping)));
}
