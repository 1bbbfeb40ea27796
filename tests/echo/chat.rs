//! A room full of people, and what any of them may do to the others.

use std::{net::SocketAddr, time::Duration};

use echo::{chat::room::HISTORY, drain::CUT_OFF};
use nix::sys::signal::Signal::SIGTERM;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
    time::timeout,
};

use crate::{
    counters::until_counted,
    support::{Server, counting, peak_memory, within},
};

/// Members who do not take what the others say.
mod slow;

/// What strangers can send to a room.
mod strangers;

/// The room, on free ports.
async fn open(options: &[&str]) -> Server {
    Server::spawn(counting("chat").args(options)).await
}

/// Somebody at the other end of a wire.
struct Guest {
    ear: BufReader<OwnedReadHalf>,
    voice: OwnedWriteHalf,
}

impl Guest {
    /// Comes in, and is asked for a name.
    async fn come(addr: SocketAddr) -> Guest {
        let connecting = within("a connection", TcpStream::connect(addr));
        let (ear, voice) = connecting.await.unwrap().into_split();
        let ear = BufReader::new(ear);
        let mut guest = Guest { ear, voice };
        guest.hears("* who are you?").await;
        guest
    }

    /// Comes in, and joins under a name.
    async fn join(addr: SocketAddr, name: &str) -> Guest {
        let mut guest = Guest::come(addr).await;
        guest.says(name).await;
        guest.hears_up_to(&has_joined(name)).await;
        guest
    }

    async fn says(&mut self, line: &str) {
        self.sends(format!("{line}\n").as_bytes()).await;
    }

    async fn sends(&mut self, bytes: &[u8]) {
        let writing = self.voice.write_all(bytes);
        within("room to write", writing).await.unwrap();
    }

    /// The next line. None if no more will come.
    async fn line(&mut self) -> Option<String> {
        within("a line", next_line(&mut self.ear)).await
    }

    /// Expects this to be the next line.
    async fn hears(&mut self, wanted: &str) {
        assert_eq!(self.line().await.as_deref(), Some(wanted));
    }

    /// The lines up to `last`, and that one.
    async fn hears_up_to(&mut self, last: &str) -> Vec<String> {
        lines_up_to(last, &mut self.ear).await
    }

    /// All lines that still come.
    async fn hears_to_the_end(&mut self) -> Vec<String> {
        to_the_end(&mut self.ear).await
    }

    /// Sends much, and hears the lines up to `last` meanwhile.
    async fn pastes(&mut self, bytes: &[u8], last: &str) -> Vec<String> {
        let Guest { ear, voice } = self;
        let writing = async { voice.write_all(bytes).await.unwrap() };
        let reading = lines_up_to(last, ear);
        let both = async { tokio::join!(writing, reading).1 };
        within(last, both).await
    }

    /// Sends what others hear too, and returns so many lines that members say.
    async fn pastes_and_hears(
        &mut self,
        bytes: &[u8],
        all: usize,
    ) -> Vec<String> {
        let Guest { ear, voice } = self;
        let writing = async { voice.write_all(bytes).await.unwrap() };
        let reading = async {
            let mut lines = Vec::new();
            while lines.len() < all {
                let line = next_line(ear).await.expect("it is not cut");
                if !line.starts_with('*') {
                    lines.push(line);
                }
            }
            lines
        };
        tokio::join!(writing, reading).1
    }

    /// Whether anything comes in this time.
    async fn hears_more_within(&mut self, time: Duration) -> bool {
        timeout(time, self.ear.fill_buf()).await.is_ok()
    }

    /// Is gone, without a word.
    fn vanishes(self) {
        let socket: TcpStream =
            self.ear.into_inner().reunite(self.voice).unwrap();
        socket.set_zero_linger().unwrap();
    }
}

/// The next line, without its end.
async fn next_line(ear: &mut BufReader<OwnedReadHalf>) -> Option<String> {
    let mut line = String::new();
    ear.read_line(&mut line).await.expect("an orderly end");
    let whole = line.strip_suffix('\n');
    assert!(whole.is_some() || line.is_empty(), "half a line: {line:?}");
    whole.map(str::to_owned)
}

/// The lines up to `last`, and that one.
async fn lines_up_to(
    last: &str,
    ear: &mut BufReader<OwnedReadHalf>,
) -> Vec<String> {
    let mut lines = Vec::new();
    while lines.last().is_none_or(|line| line != last) {
        let line = within("a line", next_line(ear)).await;
        lines.push(line.unwrap_or_else(|| panic!("no {last:?}")));
    }
    lines
}

/// All lines that still come.
async fn to_the_end(ear: &mut BufReader<OwnedReadHalf>) -> Vec<String> {
    let mut lines = Vec::new();
    while let Some(line) = within("the end", next_line(ear)).await {
        lines.push(line);
    }
    lines
}

fn has_joined(name: &str) -> String {
    format!("* {name} has joined")
}

fn has_left(name: &str) -> String {
    format!("* {name} has left")
}

/// Compares the most memory that a server has ever had with an earlier peak.
fn assert_grown_less(server: &Server, before: u64, most_kib: u64) {
    // The system counts the peak only nearly, and may say less than before.
    let grown = peak_memory(server.id()).saturating_sub(before);
    assert!(grown < most_kib, "{grown} KiB more than before");
}

#[tokio::test]
async fn chat_three_people_talk_in_exactly_these_words() {
    let server = open(&[]).await;
    let mut ann = Guest::come(server.addr()).await;
    ann.says("ann").await;
    ann.hears("* ann has joined").await;
    let mut bob = Guest::come(server.addr()).await;
    bob.says("Bob").await;
    bob.hears("* ann has joined").await;
    bob.hears("* bob has joined").await;
    ann.hears("* bob has joined").await;
    let mut eve = Guest::come(server.addr()).await;
    eve.says("eve").await;
    eve.hears("* ann has joined").await;
    eve.hears("* bob has joined").await;

    ann.says("hello").await;
    for guest in [&mut ann, &mut bob, &mut eve] {
        guest.hears("* eve has joined").await;
        guest.hears("ann: hello").await;
    }
    talk_in_private(&mut ann, &mut bob, &mut eve).await;
    server.stop().await;
}

async fn talk_in_private(ann: &mut Guest, bob: &mut Guest, eve: &mut Guest) {
    bob.says("/to ann psst, ann").await;
    ann.hears("bob, to you: psst, ann").await;
    bob.says("/to nobody psst").await;
    bob.hears("* there is nobody of that name").await;
    ann.says("/who").await;
    ann.hears("* here: ann, bob, eve").await;
    bob.says("/leave").await;
    assert_eq!(bob.line().await, None, "the room has nothing more to say");
    for guest in [ann, eve] {
        guest.hears("* bob has left").await;
        guest.says("/who").await;
        guest.hears("* here: ann, eve").await;
    }
}

#[tokio::test]
async fn chat_who_joins_late_hears_the_last_lines_and_no_older_ones() {
    const EARLIER: usize = HISTORY + 50;

    let server = open(&[]).await;
    let mut ann = Guest::join(server.addr(), "ann").await;
    for number in 0..EARLIER {
        ann.says(&number.to_string()).await;
    }
    ann.hears_up_to(&format!("ann: {}", EARLIER - 1)).await;
    let mut late = Guest::come(server.addr()).await;
    late.says("late").await;
    let heard = late.hears_up_to("* late has joined").await;
    let numbers = EARLIER + 1 - HISTORY..EARLIER;
    let mut expected: Vec<_> = numbers.map(|n| format!("ann: {n}")).collect();
    expected.push("* late has joined".to_owned());
    assert_eq!(heard, expected);
    assert_eq!(heard.len(), HISTORY);
    server.stop().await;
}

#[tokio::test]
async fn chat_who_vanishes_has_left() {
    let server = open(&[]).await;
    let mut ann = Guest::join(server.addr(), "ann").await;
    let bob = Guest::join(server.addr(), "bob").await;
    ann.hears("* bob has joined").await;
    bob.vanishes();
    ann.hears("* bob has left").await;
    Guest::join(server.addr(), "bob").await;
    ann.hears("* bob has joined").await;
    server.stop().await;
}

/// All are told, and the last of their other lines is whole: the talker's, and
/// those of somebody in the middle of whose line the server has to wait.
#[tokio::test]
async fn chat_everybody_is_told_when_the_server_stops_and_no_line_is_cut() {
    let options = ["--slow", "miss", "--write-time", "1day", "--grace", "1h"];
    let mut server = open(&options).await;
    let mut visitor = Guest::come(server.addr()).await;
    let mut late = Guest::join(server.addr(), "late").await;
    let mut ann = Guest::join(server.addr(), "ann").await;
    let eve = Guest::join(server.addr(), "eve").await;
    let said = "x".repeat(900);
    let talking = tokio::spawn(talk_until_the_end(eve, said.clone()));
    for _ in 0..slow::OVERFLOW {
        ann.line().await.expect("the room is open");
    }
    server.signal(SIGTERM);
    server.line("SIGTERM: stopping").await;

    let late_heard = tokio::spawn(async move { late.hears_to_the_end().await });
    let ann_heard = tokio::spawn(async move { ann.hears_to_the_end().await });
    for heard in [late_heard, ann_heard, talking] {
        assert_told(heard.await.unwrap(), &format!("eve: {said}"));
    }
    visitor.hears("the server stops").await;
    drop(visitor);
    assert_eq!(server.end().await.0.code(), Some(0));
}

/// The last line says it, and the others that people say are whole.
fn assert_told(mut lines: Vec<String>, said: &str) {
    assert_eq!(lines.pop().as_deref(), Some("the server stops"));
    lines.retain(|line| !line.starts_with('*'));
    assert!(lines.iter().all(|line| line == said), "{:?}", lines.last());
}

async fn talk_until_the_end(mut guest: Guest, said: String) -> Vec<String> {
    let lines = format!("{said}\n").repeat(100);
    let Guest { ear, voice } = &mut guest;
    let talking =
        async { while voice.write_all(lines.as_bytes()).await.is_ok() {} };
    tokio::select! {
        heard = to_the_end(ear) => heard,
        () = talking => panic!("the connection broke"),
    }
}

#[tokio::test]
async fn chat_who_does_not_take_its_last_lines_is_cut_off_when_time_is_up() {
    let options = ["--grace", "2s", "--write-time", "1day"];
    let mut server = open(&options).await;
    let mut deaf = Guest::join(server.addr(), "deaf").await;
    let mut ann = Guest::join(server.addr(), "ann").await;
    deaf.hears("* ann has joined").await;
    ann.pastes(&slow::words(slow::OVERFLOW), &slow::last_of(slow::OVERFLOW))
        .await;
    server.signal(SIGTERM);
    let rest = ann.hears_to_the_end().await;
    assert_eq!(rest.last().unwrap(), "the server stops");
    drop(ann);
    server.line("cut off: 1").await;
    drop(deaf);
    assert_eq!(server.end().await.0.code(), Some(CUT_OFF));
}

const VISITS: usize = 1000;
const AT_A_TIME: usize = 50;

/// Half of them say that they leave, and half of them vanish.
#[tokio::test]
async fn chat_a_thousand_short_visits_leave_the_room_as_it_was() {
    let server = open(&[]).await;
    let addr = server.addr();
    let mut ann = Guest::join(addr, "ann").await;
    let mut visits = JoinSet::new();
    for first in 0..AT_A_TIME {
        visits.spawn(visit_again_and_again(addr, first));
    }
    let mut lines = Vec::new();
    while lines.len() < 2 * VISITS {
        lines.push(ann.line().await.expect("the room is open"));
    }
    visits.join_all().await;
    let place = |wanted| lines.iter().position(|line| *line == wanted);
    for name in (0..VISITS).map(|number| format!("v{number}")) {
        let came = place(has_joined(&name)).expect("it has joined");
        assert!(place(has_left(&name)).is_some_and(|left| left > came));
    }
    ann.says("/who").await;
    ann.hears("* here: ann").await;
    until_counted(server.counters(), &[("echo_open", 1.0)]).await;
    server.stop().await;
}

async fn visit_again_and_again(addr: SocketAddr, first: usize) {
    for number in (first..VISITS).step_by(AT_A_TIME) {
        visit(addr, number).await;
    }
}

async fn visit(addr: SocketAddr, number: usize) {
    let mut guest = Guest::join(addr, &format!("v{number}")).await;
    if number.is_multiple_of(2) {
        return guest.vanishes();
    }
    guest.says("/leave").await;
    guest.hears_to_the_end().await;
}
