//! A crash of what all clients rely on. In `unsupervised` the room is a task
//! that nobody waits for. `supervised` begins it again.

use tokio::process::Command;

use crate::{
    supervised::{BAD_WORDS, CLOSED, Guest, NOT_SAID, OPEN_AGAIN, two_people},
    support::{counting, example},
};

#[tokio::test]
async fn unsupervised_lets_everybody_go_when_the_room_crashes() {
    let mut command = Command::new(example("unsupervised"));
    command.arg("0").env_remove("PORT").kill_on_drop(true);
    // The panic is told there.
    command.stderr(std::process::Stdio::null());
    let (server, mut ann, mut bob) = two_people(&mut command).await;
    bob.says(BAD_WORDS).await;
    bob.hears(NOT_SAID).await;
    for guest in [&mut ann, &mut bob] {
        assert_eq!(guest.rest().await, CLOSED);
    }
    // It is there still, and of no use.
    let mut late = Guest::at_the_door(&server).await;
    assert_eq!(late.rest().await, CLOSED);
    server.stop().await;
}

#[tokio::test]
async fn supervised_opens_the_room_again_for_everybody() {
    let mut command = counting("supervised");
    let (server, mut ann, mut bob) = two_people(&mut command).await;
    bob.says(BAD_WORDS).await;
    bob.hears_of_its_crash().await;
    ann.hears(OPEN_AGAIN).await;
    let before = ["* ann has joined", "* bob has joined", OPEN_AGAIN];
    Guest::joins(&server, "late", &before).await;
    server.stop().await;
}
