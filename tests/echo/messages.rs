//! What strangers can send to a server of messages, by line and by length.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Server, counting, peak_memory, within};

/// More than the servers may come to need for what strangers do, in KiB.
const MEMORY: u64 = 32 * 1024;

const KIBIBYTE: usize = 1024;

/// The longest message when nobody says otherwise.
const LONGEST: usize = 64 * KIBIBYTE;

/// How messages go over the wire.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wire {
    Lines,
    Frames,
}

use self::Wire::{Frames, Lines};

const BOTH: [Wire; 2] = [Lines, Frames];

impl Wire {
    /// The server that speaks so.
    async fn server(self, options: &[&str]) -> Server {
        let name = match self {
            Lines => "lines",
            Frames => "framed",
        };
        Server::spawn(counting(name).args(options)).await
    }

    /// A message on the wire.
    pub fn message(self, text: &[u8]) -> Vec<u8> {
        match self {
            Lines => [text, b"\n"].concat(),
            Frames => {
                let length = text.len() as u32;
                [&length.to_be_bytes()[..], text].concat()
            }
        }
    }

    fn messages(self, texts: &[&[u8]]) -> Vec<u8> {
        texts.iter().flat_map(|text| self.message(text)).collect()
    }

    /// The next reply.
    pub async fn reply(self, client: &mut TcpStream) -> String {
        let reading = async {
            let mut reply = Vec::new();
            match self {
                Frames => {
                    let length = client.read_u32().await? as usize;
                    reply.resize(length, 0);
                    client.read_exact(&mut reply).await?;
                }
                Lines => loop {
                    match client.read_u8().await? {
                        b'\n' => break,
                        byte => reply.push(byte),
                    }
                },
            }
            io::Result::Ok(reply)
        };
        let reply = within("a reply", reading).await.unwrap();
        String::from_utf8(reply).unwrap()
    }

    /// All replies in these bytes.
    fn replies(self, mut bytes: &[u8]) -> Vec<String> {
        let mut replies = Vec::new();
        while !bytes.is_empty() {
            let (reply, rest) = match self {
                Lines => {
                    let end = bytes.iter().position(|byte| *byte == b'\n');
                    let (reply, rest) = bytes.split_at(end.expect("an end"));
                    (reply, &rest[1..])
                }
                Frames => {
                    let (head, rest) = bytes.split_at(4);
                    let length = u32::from_be_bytes(head.try_into().unwrap());
                    rest.split_at(length as usize)
                }
            };
            replies.push(String::from_utf8(reply.to_vec()).unwrap());
            bytes = rest;
        }
        replies
    }
}

/// Sends, says no more, and returns all replies. The server may close before
/// all is sent.
async fn exchange(wire: Wire, server: &Server, sent: &[u8]) -> Vec<String> {
    let mut client = server.connect().await;
    let (mut from_server, mut to_server) = client.split();
    let writing = async {
        if to_server.write_all(sent).await.is_ok() {
            let _ = to_server.shutdown().await;
        }
    };
    let mut replies = Vec::new();
    let reading = from_server.read_to_end(&mut replies);
    let both = async { tokio::join!(writing, reading).1 };
    within("all replies", both).await.expect("an orderly end");
    wire.replies(&replies)
}

/// Somebody who asks for a number, now and then. It tells when one of its
/// requests was lost.
struct Bystander {
    wire: Wire,
    client: TcpStream,
    asked: u64,
}

impl Bystander {
    async fn new(wire: Wire, server: &Server) -> Bystander {
        let client = server.connect().await;
        let mut bystander = Bystander {
            wire,
            client,
            asked: 0,
        };
        bystander.is_served().await;
        bystander
    }

    async fn is_served(&mut self) {
        self.asked += 1;
        let question = self.wire.message(b"count");
        self.client.write_all(&question).await.unwrap();
        let reply = self.wire.reply(&mut self.client).await;
        assert_eq!(reply, format!("count {}", self.asked));
    }
}

/// What is wrong with a request that has no known word.
const UNKNOWN: &str = "error ask: echo TEXT, repeat N TEXT, or count";

/// Sends these bytes beside a bystander, and expects these replies.
async fn assert_replies(wire: Wire, sent: &[u8], expected: &[&str]) {
    let server = wire.server(&[]).await;
    let mut bystander = Bystander::new(wire, &server).await;
    let replies = exchange(wire, &server, sent).await;
    assert_eq!(replies, expected, "{wire:?}");
    bystander.is_served().await;
    server.stop().await;
}

#[tokio::test]
async fn requests_are_answered_in_their_order() {
    for wire in BOTH {
        let sent = wire.messages(&[
            b"echo hello",
            b"repeat 3 ho",
            b"hello",
            b"repeat 11 ho",
            b"echo",
            b"count",
        ]);
        let replies = [
            "text hello",
            "text hohoho",
            UNKNOWN,
            "error ask: repeat N TEXT, with N from 1 to 10",
            "text ",
            "count 4",
        ];
        assert_replies(wire, &sent, &replies).await;
    }
}

#[tokio::test]
async fn a_message_may_come_a_byte_at_a_time() {
    for wire in BOTH {
        let server = wire.server(&[]).await;
        let mut client = server.connect().await;
        client.set_nodelay(true).unwrap();
        for byte in wire.messages(&[b"echo hello", b"count"]) {
            client.write_all(&[byte]).await.unwrap();
        }
        assert_eq!(wire.reply(&mut client).await, "text hello");
        assert_eq!(wire.reply(&mut client).await, "count 2");
        server.stop().await;
    }
}

#[tokio::test]
async fn what_is_not_text_is_told_and_passed_over() {
    let sent: [&[u8]; 4] = [b"echo \xff\xfe", b"\x80", b"echo a\0b", b"count"];
    for (wire, what) in [(Lines, "line"), (Frames, "message")] {
        let bad = format!("error your {what} is not UTF-8");
        let replies = [&bad, &*bad, "text a\0b", "count 2"];
        assert_replies(wire, &wire.messages(&sent), &replies).await;
    }
}

#[tokio::test]
async fn a_line_that_is_too_long_is_told_and_passed_over() {
    let sent = [&[b'x'; LONGEST + 1][..], b"\necho hello\n"].concat();
    let replies = ["error your line is too long", "text hello"];
    assert_replies(Lines, &sent, &replies).await;
}

#[tokio::test]
async fn a_frame_that_is_too_long_is_told_and_is_the_last() {
    for length in [LONGEST as u32 + 1, 1 << 31, u32::MAX] {
        let mut sent = Frames.message(b"echo hello");
        sent.extend(length.to_be_bytes());
        sent.extend(Frames.message(b"echo is this heard?"));
        let replies = ["text hello", "error your message is too long"];
        assert_replies(Frames, &sent, &replies).await;
    }
}

#[tokio::test]
async fn the_longest_message_is_answered() {
    for wire in BOTH {
        let text = "x".repeat(LONGEST - "echo ".len());
        let request = wire.message(format!("echo {text}").as_bytes());
        let twice = wire.message(format!("repeat 2 {text}").as_bytes());
        let half = "y".repeat(LONGEST / 2 - 10);
        let halves = wire.message(format!("repeat 2 {half}").as_bytes());
        let long = match wire {
            Lines => "error your line is too long",
            Frames => "error your message is too long",
        };
        let too_long = "error the answer would be too long";
        let text = format!("text {text}");
        let halves_text = format!("text {half}{half}");
        let thrice = wire.message(format!("repeat 3 {half}").as_bytes());
        let sent = [request, halves, thrice, twice].concat();
        let replies = [&*text, &*halves_text, too_long, long];
        assert_replies(wire, &sent, &replies).await;
    }
}

#[tokio::test]
async fn the_rest_is_a_line_and_no_frame() {
    assert_replies(Lines, b"echo a\necho b", &["text a", "text b"]).await;
    let sent = Frames.messages(&[b"echo a", b"echo b"]);
    for missing in [1, "echo b".len(), "echo b".len() + 1] {
        let cut = &sent[..sent.len() - missing];
        let replies = ["text a", "error your message is not whole"];
        assert_replies(Frames, cut, &replies).await;
    }
}

#[tokio::test]
async fn lines_may_end_as_on_windows() {
    let sent = b"echo hello\r\ncount\r\n\r\n";
    assert_replies(Lines, sent, &["text hello", "count 2", UNKNOWN]).await;
}

/// The others have their own limits, which begin when they come.
#[tokio::test]
async fn half_a_message_is_waited_for_and_not_for_long() {
    const IDLE: Duration = Duration::from_millis(300);

    for wire in BOTH {
        let server = wire.server(&["--idle", "300ms"]).await;
        let message = wire.message(b"echo hello");
        for length in [0, 3, 4, 7, message.len() - 1] {
            let mut client = server.connect().await;
            let start = tokio::time::Instant::now();
            client.write_all(&message[..length]).await.unwrap();
            let last = wire.reply(&mut client).await;
            assert_eq!(last, "error you were silent for too long");
            assert!(start.elapsed() >= IDLE, "after {:?}", start.elapsed());
            drop(client);
            Bystander::new(wire, &server).await;
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn who_is_refused_is_told_in_a_message() {
    for wire in BOTH {
        let server = wire.server(&["--clients", "1"]).await;
        let mut bystander = Bystander::new(wire, &server).await;
        let replies = exchange(wire, &server, b"").await;
        assert_eq!(replies, ["error all places are taken"]);
        bystander.is_served().await;
        server.stop().await;
    }
}

#[tokio::test]
async fn who_takes_no_reply_is_let_go_alone() {
    for wire in BOTH {
        let mut server = wire.server(&["--write-time", "300ms"]).await;
        let mut bystander = Bystander::new(wire, &server).await;
        let mut deaf = server.connect().await;
        let request = format!("repeat 10 {}", "x".repeat(6000));
        let request = wire.message(request.as_bytes());
        let writing = async { while deaf.write_all(&request).await.is_ok() {} };
        within("the connection to break", writing).await;
        server.line("let go: you did not take your answer").await;
        bystander.is_served().await;
        server.stop().await;
    }
}

/// A million in a release build.
#[tokio::test]
async fn tiny_messages_are_answered_one_by_one() {
    let count = if cfg!(debug_assertions) {
        100_000
    } else {
        1_000_000
    };
    for wire in BOTH {
        let server = wire.server(&[]).await;
        let mut bystander = Bystander::new(wire, &server).await;
        let before = peak_memory(server.id());
        let sent = wire.message(b"").repeat(count);
        let replies = exchange(wire, &server, &sent).await;
        assert_eq!(replies.len(), count);
        assert!(replies.iter().all(|reply| reply == UNKNOWN));
        bystander.is_served().await;
        assert_grown_little(&server, before);
        server.stop().await;
    }
}

/// Compares the most memory that a server has ever had with an earlier peak.
fn assert_grown_little(server: &Server, before: u64) {
    let grown = peak_memory(server.id()).saturating_sub(before);
    assert!(grown < MEMORY, "{grown} KiB more than before");
}

#[tokio::test]
async fn a_line_without_an_end_takes_no_memory() {
    const LINE: usize = 64 * KIBIBYTE * KIBIBYTE;

    let server = Lines.server(&[]).await;
    let mut bystander = Bystander::new(Lines, &server).await;
    let before = peak_memory(server.id());
    let replies = exchange(Lines, &server, &vec![b'x'; LINE]).await;
    assert_eq!(replies, ["error your line is too long"]);
    bystander.is_served().await;
    assert_grown_little(&server, before);
    server.stop().await;
}

/// Half of them promise four gigabytes, half as much as they may, and none
/// sends it.
#[tokio::test]
async fn promises_take_little_memory() {
    const PROMISING: usize = 90;

    let server = Frames.server(&[]).await;
    let mut bystander = Bystander::new(Frames, &server).await;
    let before = peak_memory(server.id());
    let mut waiting = Vec::new();
    for _ in 0..PROMISING / 2 {
        let replies = exchange(Frames, &server, &[0xff; 100]).await;
        assert_eq!(replies, ["error your message is too long"]);
        let mut client = server.connect().await;
        let promise = (LONGEST as u32).to_be_bytes();
        client.write_all(&promise).await.unwrap();
        waiting.push(client);
    }
    bystander.is_served().await;
    assert_grown_little(&server, before);
    for mut client in waiting {
        let rest = [&b"echo "[..], &vec![b'x'; LONGEST - 5]].concat();
        client.write_all(&rest).await.unwrap();
        let reply = Frames.reply(&mut client).await;
        assert_eq!(reply.len(), LONGEST);
    }
    assert_grown_little(&server, before);
    server.stop().await;
}

/// Whole requests that have come before the signal are answered, and a half one
/// is not.
#[cfg(unix)]
#[tokio::test]
async fn a_server_that_stops_answers_what_is_whole() {
    use nix::sys::signal::Signal::{SIGCONT, SIGTERM};

    for wire in BOTH {
        let server = wire.server(&["--grace", "1h"]).await;
        let mut idle = server.connect().await;
        let mut halfway = server.connect().await;
        for client in [&mut idle, &mut halfway] {
            client.write_all(&wire.message(b"count")).await.unwrap();
            assert_eq!(wire.reply(client).await, "count 1");
        }
        server.stand_still();
        let sent = wire.messages(&[b"echo a", b"repeat 2 b", b"echo c"]);
        halfway.write_all(&sent[..sent.len() - 1]).await.unwrap();
        server.signal(SIGTERM);
        server.signal(SIGCONT);
        for reply in ["text a", "text bb", "error the server stops"] {
            assert_eq!(wire.reply(&mut halfway).await, reply);
        }
        assert_eq!(wire.reply(&mut idle).await, "error the server stops");
        drop((idle, halfway));
        assert_eq!(server.end().await.0.code(), Some(0));
    }
}

/// The process may have a gigabyte, or the system would promise it as lightly.
#[cfg(unix)]
mod promises {
    use std::{path::PathBuf, process::Stdio};

    use tokio::process::Command;

    use super::*;
    use crate::support::{assert_echo, example, program};

    /// In KiB, for addresses: what is promised and not used counts, too.
    const ROOM: usize = KIBIBYTE * KIBIBYTE;

    const FOUR_GIGABYTES: [u8; 4] = u32::MAX.to_be_bytes();

    async fn start(path: PathBuf, options: &[&str]) -> Server {
        let script = format!("ulimit -v {ROOM} && exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).arg(path).args(options);
        command
            .env("TOKIO_WORKER_THREADS", "2")
            .env_remove("RUST_LOG");
        Server::spawn(command.stderr(Stdio::null()).kill_on_drop(true)).await
    }

    #[tokio::test]
    async fn trusting_dies_of_a_length_and_takes_all_clients_with_it() {
        let server = start(example("trusting"), &["0"]).await;
        let mut other = server.connect().await;
        let hello = Frames.message(b"hello");
        assert_echo(&mut other, &hello).await;

        let mut stranger = server.connect().await;
        stranger.write_all(&FOUR_GIGABYTES).await.unwrap();
        let status = server.end().await.0;
        assert_eq!(status.code(), None, "it ends by a signal");
        let read = within("the end", other.read(&mut [0; 1])).await;
        assert!(!matches!(read, Ok(1..)), "{read:?}");
    }

    #[tokio::test]
    async fn framed_serves_on_after_a_length() {
        let options = ["0", "--metrics-port", "0"];
        let server = start(program("framed"), &options).await;
        let mut bystander = Bystander::new(Frames, &server).await;
        let replies = exchange(Frames, &server, &FOUR_GIGABYTES).await;
        assert_eq!(replies, ["error your message is too long"]);
        bystander.is_served().await;
        server.stop().await;
    }
}
