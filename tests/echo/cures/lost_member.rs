//! A member of a room whose connection breaks. Who speaks in the shared room
//! finds that out while it holds the lock, and takes it again to let the member
//! go. The other room has no lock.

use crate::{
    peers::Guest,
    standstill::{shared_chat, standstill},
    support::{Server, counting},
};

#[tokio::test]
async fn shared_chat_stands_still_for_ever_when_a_member_has_vanished() {
    let server = shared_chat().await;
    let mut ann = Guest::in_shared(&server, "ann").await;
    Guest::in_shared(&server, "bob").await.vanishes();
    ann.hears("* bob has joined").await;
    ann.says("bob?").await;
    let mut guest = standstill(&server, &mut ann).await;

    // The others leave, and it does not help.
    drop(ann);
    drop(standstill(&server, &mut guest).await);
    standstill(&server, &mut guest).await;
    server.stop().await;
}

#[tokio::test]
async fn chat_says_that_a_vanished_member_has_left_and_goes_on() {
    let server = Server::spawn(&mut counting("chat")).await;
    let mut ann = Guest::new(&server, "ann").await;
    ann.hears("* ann has joined").await;
    let mut bob = Guest::new(&server, "bob").await;
    bob.hears_at_last("* bob has joined").await;
    ann.hears("* bob has joined").await;
    bob.vanishes();
    ann.hears("* bob has left").await;
    ann.says("bob?").await;
    ann.hears("ann: bob?").await;
    let mut guest = Guest::new(&server, "guest").await;
    guest.hears_at_last("* guest has joined").await;
    ann.hears("* guest has joined").await;
    server.stop().await;
}
