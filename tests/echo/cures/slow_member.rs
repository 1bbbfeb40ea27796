//! A member of a room who does not take what the others say. The shared room
//! is locked while it writes to all of them, so it waits for the slowest. The
//! other has a mailbox for each.

use tokio::{
    io::{AsyncWriteExt, BufReader},
    join,
};

use crate::{
    peers::Guest,
    standstill::{shared_chat, standstill},
    support::{Server, counting, within},
};

const MEBIBYTE: usize = 1 << 20;

/// Far more lines of a mebibyte than the system keeps for a member.
const LONG_LINES: usize = 32;

#[tokio::test]
async fn shared_chat_stands_still_for_everybody_while_one_does_not_read() {
    let server = shared_chat().await;
    let mut bob = Guest::in_shared(&server, "bob").await;
    let ann = Guest::in_shared(&server, "ann").await;
    let (hears, mut says) = ann.0.into_inner().into_split();
    let mut ann = Guest(BufReader::new(hears));
    let speaking = tokio::spawn(async move {
        let line = [&[b'x'; MEBIBYTE][..], b"\n"].concat();
        for _ in 0..LONG_LINES {
            says.write_all(&line).await.unwrap();
        }
        says.write_all(b"that was all\n").await.unwrap();
        says
    });

    let mut guest = standstill(&server, &mut ann).await;
    assert!(
        !speaking.is_finished(),
        "ann is heard, and bob does not read"
    );
    // As soon as bob reads, it goes on.
    let last = "ann: that was all";
    join!(
        bob.hears_at_last(last),
        ann.hears_at_last(last),
        guest.hears_at_last(last),
    );
    let _says = within("ann's end", speaking).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn chat_goes_on_while_one_does_not_read() {
    let mut chat = counting("chat");
    let server = Server::spawn(chat.args(["--write-time", "5s"])).await;
    let mut bob = Guest::new(&server, "bob").await;
    bob.hears("* bob has joined").await;
    let mut ann = Guest::new(&server, "ann").await;
    ann.hears_at_last("* ann has joined").await;
    let lines = vec!["x".repeat(1000); 64].join("\n");
    let speaking = async {
        // All that she says is heard, until the room has had enough of bob.
        let mut bob_is_here = true;
        while bob_is_here {
            ann.says(&lines).await;
            ann.says("all?").await;
            loop {
                match &*ann.line().await {
                    "* bob has left" => bob_is_here = false,
                    "ann: all?" => break,
                    _ => {}
                }
            }
        }
    };
    within("bob to be let go", speaking).await;
    let mut guest = Guest::new(&server, "guest").await;
    guest.hears_at_last("* guest has joined").await;
    ann.hears_at_last("* guest has joined").await;
    server.stop().await;
}
