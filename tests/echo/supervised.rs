//! How `supervised` bears a room that crashes.

use std::{
    fs::File,
    io::{Read, Seek},
};

use nix::sys::signal::Signal::SIGTERM;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
    process::Command,
};

use crate::{
    counters::until_counted,
    support::{Server, counting, example, within},
};

/// What the room crashes on, as long as ann is here.
pub const BAD_WORDS: &str = "İyi geceler, ann\n";

pub const NOT_SAID: &str = "* that was not said: the room has crashed";

pub const OPEN_AGAIN: &str = "* the room has crashed, and is open again";

/// The last word of the server, when the room has crashed too often.
pub const CLOSED: &str = "the room is closed\n";

/// Its last word when it stops.
const STOPS: &str = "the server stops\n";

/// So many crashes the room bears, and not one more.
const BORNE: usize = 3;

/// Somebody with a terminal.
pub struct Guest(BufReader<TcpStream>);

impl Guest {
    /// Somebody who is asked for a name.
    pub async fn at_the_door(server: &Server) -> Guest {
        Guest::met(server.connect().await).await
    }

    async fn met(socket: TcpStream) -> Guest {
        let mut guest = Guest(BufReader::new(socket));
        guest.hears("* who are you?").await;
        guest
    }

    /// Somebody who joins, and hears this before.
    pub async fn joins(server: &Server, name: &str, before: &[&str]) -> Guest {
        let mut guest = Guest::at_the_door(server).await;
        guest.says(&format!("{name}\n")).await;
        guest.hear_all(before).await;
        guest.hears(&format!("* {name} has joined")).await;
        guest
    }

    pub async fn says(&mut self, lines: &str) {
        let writing = self.0.write_all(lines.as_bytes());
        within("room to write", writing).await.unwrap();
    }

    /// The next line.
    pub async fn line(&mut self) -> String {
        let mut line = String::new();
        let reading = self.0.read_line(&mut line);
        within("a line", reading).await.unwrap();
        assert_eq!(line.pop(), Some('\n'), "a line is whole: {line:?}");
        line
    }

    pub async fn hears(&mut self, line: &str) {
        assert_eq!(self.line().await, line);
    }

    /// Hears that its words were not said, and that the room is open again. On a
    /// busy machine it may be the other way round.
    pub async fn hears_of_its_crash(&mut self) {
        let mut told = [self.line().await, self.line().await];
        told.sort();
        assert_eq!(told, [NOT_SAID, OPEN_AGAIN]);
    }

    pub async fn hear_all<L: AsRef<str>>(&mut self, lines: &[L]) {
        for line in lines {
            self.hears(line.as_ref()).await;
        }
    }

    /// All that still comes, to the end of the connection.
    pub async fn rest(&mut self) -> String {
        let mut rest = String::new();
        let reading = self.0.read_to_string(&mut rest);
        within("the end", reading).await.expect("an orderly end");
        rest
    }
}

/// A server with ann and bob, who have heard that both have joined.
pub async fn two_people(command: &mut Command) -> (Server, Guest, Guest) {
    let server = Server::spawn(command).await;
    let mut ann = Guest::joins(&server, "ann", &[]).await;
    let bob = Guest::joins(&server, "bob", &["* ann has joined"]).await;
    ann.hears("* bob has joined").await;
    (server, ann, bob)
}

/// Sends the signal, and waits for the end. Returns the exit code and the log.
async fn stop(server: Server) -> (Option<i32>, Vec<String>) {
    server.signal(SIGTERM);
    let (status, log) = server.end().await;
    (status.code(), log)
}

#[tokio::test]
async fn supervised_opens_the_room_again_with_all_who_were_there() {
    let (server, mut ann, mut bob) =
        two_people(&mut counting("supervised")).await;
    ann.says("hello, Bob\n").await;
    let mut history =
        vec!["* ann has joined", "* bob has joined", "ann: hello, *Bob*"];
    for guest in [&mut ann, &mut bob] {
        guest.hears("ann: hello, *Bob*").await;
    }

    bob.says(BAD_WORDS).await;
    bob.hears_of_its_crash().await;
    ann.hears(OPEN_AGAIN).await;
    history.push(OPEN_AGAIN);
    bob.says("good night, ann\n").await;
    for guest in [&mut ann, &mut bob] {
        guest.hears("bob: good night, *ann*").await;
    }
    history.push("bob: good night, *ann*");

    let mut eve = Guest::at_the_door(&server).await;
    eve.says("ann\n").await;
    eve.hears("* somebody else has that name").await;
    eve.says("eve\n").await;
    eve.hear_all(&history).await;
    eve.hears("* eve has joined").await;
    eve.says("/who\n").await;
    eve.hears("* here: ann, bob, eve").await;
    server.stop().await;
}

/// They are typed together, and so they wait for the room.
#[tokio::test]
async fn supervised_says_later_what_was_said_while_the_room_was_down() {
    let (server, mut ann, mut bob) =
        two_people(&mut counting("supervised")).await;
    let later = "one\ntwo\n/to ann psst\nthree\n/who\n";
    bob.says(&format!("{BAD_WORDS}{later}")).await;
    let said = [OPEN_AGAIN, "bob: one", "bob: two", "bob: three"];
    ann.hear_all(&said[..3]).await;
    ann.hears("bob, to you: psst").await;
    ann.hears("bob: three").await;
    // What is for bob alone may come between what is said to all.
    let own = [NOT_SAID, "* here: ann, bob"];
    let mut heard = Vec::new();
    for _ in 0..said.len() + own.len() {
        heard.push(bob.line().await);
    }
    let own = own.map(|line| heard.extract_if(.., |l| l == line).count());
    assert_eq!(own, [1, 1], "{heard:?}");
    assert_eq!(heard, said);
    server.stop().await;
}

#[tokio::test]
async fn supervised_says_later_what_another_one_said_meanwhile() {
    let (mut server, mut ann, mut bob) =
        two_people(&mut counting("supervised")).await;
    bob.says(BAD_WORDS).await;
    server.line("room has panicked, and begins again in ").await;
    ann.says("is anybody there?\n").await;
    bob.hears_of_its_crash().await;
    ann.hears(OPEN_AGAIN).await;
    for guest in [&mut ann, &mut bob] {
        guest.hears("ann: is anybody there?").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn supervised_lets_people_come_and_go_while_the_room_is_down() {
    let (mut server, mut ann, mut bob) =
        two_people(&mut counting("supervised")).await;
    let known = ["* ann has joined", "* bob has joined"];
    let mut eve = Guest::joins(&server, "eve", &known).await;
    let mut late = Guest::at_the_door(&server).await;
    for guest in [&mut ann, &mut bob] {
        guest.hears("* eve has joined").await;
    }
    eve.says(BAD_WORDS).await;
    server.line("room has panicked, and begins again in ").await;
    drop(bob);
    late.says("late\n").await;
    eve.hears_of_its_crash().await;
    ann.hears(OPEN_AGAIN).await;
    for guest in [&mut ann, &mut eve] {
        let mut lines = [guest.line().await, guest.line().await];
        lines.sort();
        assert_eq!(lines, ["* bob has left", "* late has joined"]);
    }
    late.hear_all(&known).await;
    late.hears("* eve has joined").await;
    late.hears(OPEN_AGAIN).await;
    ann.says("/who\n").await;
    ann.hears("* here: ann, eve, late").await;
    server.stop().await;
}

/// What crashes is said among much else, by one, and many listen.
#[tokio::test]
async fn supervised_says_nothing_half_and_nothing_twice() {
    const LISTENERS: usize = 10;

    let mut command = counting("supervised");
    let (server, mut ann, mut bob) = two_people(&mut command).await;
    let mut listeners = listeners(&server, LISTENERS).await;
    let (typed, said) = speech();
    bob.says(&typed).await;
    for guest in &mut listeners {
        guest.hear_all(&said).await;
    }
    for guest in [&mut ann, &mut bob] {
        let mut heard = Vec::new();
        while heard.last() != said.last() {
            heard.push(guest.line().await);
        }
        heard.retain(|line| line != NOT_SAID && !line.ends_with("has joined"));
        assert_eq!(heard, said);
    }
    server.stop().await;
}

/// Many who have heard that all of them have joined.
async fn listeners(server: &Server, count: usize) -> Vec<Guest> {
    let mut listeners = Vec::new();
    for number in 0..count {
        let mut guest = Guest::at_the_door(server).await;
        guest.says(&format!("m{number}\n")).await;
        listeners.push(guest);
        let joined = format!("* m{number} has joined");
        for guest in &mut listeners {
            while guest.line().await != joined {}
        }
    }
    listeners
}

/// What is typed, with as many bad words as are borne, and what is heard.
fn speech() -> (String, Vec<String>) {
    let (mut typed, mut said) = (String::new(), Vec::new());
    for part in 0..=BORNE {
        for number in 0..50 {
            typed += &format!("part {part}, line {number}\n");
            said.push(format!("bob: part {part}, line {number}"));
        }
        if part < BORNE {
            typed += BAD_WORDS;
            said.push(OPEN_AGAIN.to_owned());
        }
    }
    (typed, said)
}

/// Where a program complains, besides its log.
struct Complaints(File);

impl Complaints {
    fn of(command: &mut Command) -> Complaints {
        let file = tempfile::tempfile().unwrap();
        command.stderr(file.try_clone().unwrap());
        Complaints(file)
    }

    fn read(mut self) -> String {
        let mut text = String::new();
        self.0.rewind().unwrap();
        self.0.read_to_string(&mut text).unwrap();
        text
    }
}

#[tokio::test]
async fn supervised_tells_a_panic_in_its_log_and_nowhere_else() {
    for format in ["human", "json"] {
        let mut command = counting("supervised");
        let complaints = Complaints::of(command.args(["--log", format]));
        let (mut server, ann, mut bob) = two_people(&mut command).await;
        bob.says(BAD_WORDS).await;
        let line = server.line("panicked at").await;
        match format {
            "human" => assert_tells_people(&line),
            _ => assert_tells_programs(&line),
        }
        server.line("room has panicked, and begins again in ").await;
        bob.hears(NOT_SAID).await;
        drop((ann, bob));
        assert_eq!(stop(server).await.0, Some(0));
        assert_eq!(complaints.read(), "");
    }
}

/// The last words of the panic.
const SAYS: &str = "out of bounds of `İyi geceler, ann`";

fn assert_tells_people(line: &str) {
    let start = "ERROR supervised{child=room}: panicked at ";
    assert!(line.starts_with(start), "{line}");
    assert!(line.ends_with(SAYS), "{line}");
}

fn assert_tells_programs(line: &str) {
    let object: serde_json::Value = serde_json::from_str(line).expect(line);
    assert_eq!(object["level"], "ERROR");
    assert_eq!(object["span"]["name"], "supervised");
    assert_eq!(object["span"]["child"], "room");
    let message = object["fields"]["message"].as_str().unwrap();
    assert!(message.starts_with("panicked at "), "{message}");
    assert!(message.ends_with(SAYS), "{message}");
}

#[tokio::test]
async fn supervised_closes_the_room_when_it_has_crashed_too_often() {
    let mut command = counting("supervised");
    let complaints = Complaints::of(&mut command);
    let (server, mut ann, mut bob) = two_people(&mut command).await;
    let mut nameless = Guest::at_the_door(&server).await;
    for _ in 0..BORNE {
        bob.says(BAD_WORDS).await;
        bob.hears_of_its_crash().await;
        ann.hears(OPEN_AGAIN).await;
    }
    bob.says(BAD_WORDS).await;
    assert_eq!(bob.rest().await, format!("{NOT_SAID}\n{CLOSED}"));
    assert_eq!(ann.rest().await, CLOSED);
    assert_eq!(nameless.rest().await, CLOSED);
    drop((ann, bob, nameless));
    let (status, log) = server.end().await;
    assert_eq!(status.code(), Some(1));
    let is_end = |line: &String| line.ends_with("let go: the room is closed");
    assert_eq!(log.iter().filter(|line| is_end(line)).count(), 3);
    let told = complaints.read();
    let gave_up = "error: room has panicked again after 3 restarts within 1m: ";
    assert!(told.starts_with(gave_up), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

/// It may be open again when the signal comes, if the machine is busy.
#[tokio::test]
async fn supervised_can_be_stopped_while_the_room_is_down() {
    let mut command = counting("supervised");
    let (mut server, mut ann, mut bob) =
        two_people(command.args(["--grace", "1h"])).await;
    let mut nameless = Guest::at_the_door(&server).await;
    bob.says(BAD_WORDS).await;
    server.line("room has panicked, and begins again in ").await;
    ann.says("not said\n").await;
    bob.hears(NOT_SAID).await;
    let stopping = tokio::spawn(stop(server));
    assert_eq!(nameless.rest().await, STOPS);
    let again = format!("{OPEN_AGAIN}\n");
    let later = format!("{again}ann: not said\n");
    for guest in [&mut ann, &mut bob] {
        let rest = guest.rest().await;
        let before = rest.strip_suffix(STOPS).expect("it is told");
        assert!(["", &again, &later].contains(&before), "{before}");
    }
    drop((ann, bob, nameless));
    let (code, log) = within("the end", stopping).await.unwrap();
    assert_eq!(code, Some(0), "{log:#?}");
}

/// Somebody who joins, and reads nothing of that.
async fn slow_member(server: &Server, name: &str) -> BufReader<TcpStream> {
    /// So little waits in the client's own system.
    const RECEIVED: u32 = 4096;

    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(RECEIVED).unwrap();
    let connecting = socket.connect(server.addr());
    let mut socket = within("a connection", connecting).await.unwrap();
    socket
        .write_all(format!("{name}\n").as_bytes())
        .await
        .unwrap();
    BufReader::new(socket)
}

/// Says so many lines of a thousand letters that they fill all that is between
/// the server and a client, and hears them all. Returns them.
async fn fill_the_way(speaker: &mut Guest, lines: usize) -> Vec<String> {
    let mut said = Vec::new();
    for number in 0..lines {
        said.push(format!("{number:x>1000}"));
    }
    for lines in said.chunks(64) {
        speaker.says(&format!("{}\n", lines.join("\n"))).await;
        for line in lines {
            speaker.hears(&format!("ann: {line}")).await;
        }
    }
    said
}

/// More lines than wait in a mailbox, and in the systems, for who reads nothing.
const MANY: usize = 5500;

/// A server with ann and others who read nothing.
async fn slow_people<const COUNT: usize>(
    options: &[&str],
) -> (Server, Guest, [BufReader<TcpStream>; COUNT]) {
    let mut command = counting("supervised");
    let server = Server::spawn(command.args(options)).await;
    let mut ann = Guest::joins(&server, "ann", &[]).await;
    let mut slow = Vec::new();
    for number in 0..COUNT {
        let name = format!("slow{number}");
        slow.push(slow_member(&server, &name).await);
        ann.hears(&format!("* {name} has joined")).await;
    }
    (server, ann, slow.try_into().unwrap())
}

/// Whoever has heard themselves say something knows that the others will hear
/// it, too, unless they take nothing.
#[tokio::test]
async fn supervised_loses_nothing_that_was_said_when_it_stops() {
    let options = ["--slow", "grow", "--write-time", "1h", "--grace", "1h"];
    let (server, mut ann, [slow, _deaf]) = slow_people(&options).await;
    let said = fill_the_way(&mut ann, MANY).await;
    server.signal(SIGTERM);
    assert_eq!(ann.rest().await, STOPS);
    let mut slow = Guest(slow);
    while slow.line().await != "* slow1 has joined" {}
    for line in said {
        slow.hears(&format!("ann: {line}")).await;
    }
    assert_eq!(slow.rest().await, STOPS);
    drop((ann, slow));
    until_counted(server.counters(), &[("echo_open", 1.0)]).await;
    let (code, log) = stop(server).await;
    assert_eq!(code, Some(3), "{log:#?}");
    assert!(
        log.iter().any(|line| line == " WARN cut off: 1"),
        "{log:#?}"
    );
}

/// The server is there as long as it has not let go of the second slow one.
#[tokio::test]
async fn supervised_counts_whom_it_lets_go_and_why() {
    let options = ["--write-time", "1h", "--grace", "1h"];
    let (server, mut ann, [slow, _deaf]) = slow_people(&options).await;
    fill_the_way(&mut ann, MANY).await;
    let mut nameless = Guest::at_the_door(&server).await;
    ann.says(&BAD_WORDS.repeat(BORNE + 1)).await;
    assert!(ann.rest().await.ends_with(CLOSED));
    assert_eq!(nameless.rest().await, CLOSED);
    let closed = "echo_let_go_total{reason=\"closed\"}";
    until_counted(server.counters(), &[(closed, 2.0)]).await;

    let rest = Guest(slow).rest().await;
    assert!(rest.ends_with("\nyou are too far behind\n"));
    let behind = "echo_let_go_total{reason=\"behind\"}";
    let wanted = [(closed, 2.0), (behind, 1.0), ("echo_open", 1.0)];
    until_counted(server.counters(), &wanted).await;
    server.stop().await;
}

#[tokio::test]
async fn supervised_warns_when_the_room_gives_no_sign_of_life() {
    let options = ["--slow", "wait", "--watchdog", "300ms"];
    let (mut server, mut ann, [slow]) = slow_people(&options).await;
    let speaking = tokio::spawn(async move {
        fill_the_way(&mut ann, MANY).await;
        ann
    });
    server
        .line(" WARN no sign of life from the room for ")
        .await;
    let listening = tokio::spawn(async move {
        let mut slow = Guest(slow);
        while slow.line().await != "* ann has left" {}
    });
    server.line(" INFO the room is back").await;
    drop(within("all that is said", speaking).await.unwrap());
    within("the last line", listening).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_watchdog_notices_what_a_supervisor_does_not() {
    let mut command = Command::new(example("stuck"));
    let running = command.kill_on_drop(true).output();
    let output = within("the end", running).await.unwrap();
    assert!(output.status.success(), "{}", output.status);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let told = "a deadlock begins\n\
                a deadlock: no sign of life, says the watchdog\n\
                a deadlock: all is well, says the supervisor\n\
                a loop begins\n\
                a loop: no sign of life, says the watchdog\n\
                a loop: all is well, says the supervisor\n";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), told);
}
