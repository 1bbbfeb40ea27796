use std::{panic::catch_unwind, time::Duration};

use super::*;
use crate::{
    chat::{
        mailbox::Slow,
        room::{Room, Trouble},
    },
    supervise::{Intensity, Strategy, Supervisor},
};

fn marked(words: &str) -> String {
    let names = ["ann", "annabel", "x-1"];
    let names = names.map(|name| name.parse::<Name>().unwrap());
    mark(words, &mut names.iter())
}

/// The message of the panic.
fn crash(words: &'static str) -> String {
    let panic = catch_unwind(|| marked(words)).unwrap_err();
    *panic.downcast::<String>().unwrap()
}

#[test]
fn names_are_marked_wherever_they_stand() {
    assert_eq!(marked("ann, are you there?"), "*ann*, are you there?");
    assert_eq!(marked("I say: Ann!"), "I say: *Ann*!");
    assert_eq!(marked("ann ANN annabel x-1"), "*ann* *ANN* *annabel* *x-1*");
    assert_eq!(marked("hallöchen ann"), "hallöchen *ann*");
}

#[test]
fn a_part_of_a_word_is_no_name() {
    for words in ["annual", "joann", "ann-e", "x-12", "änn", "éann", ""] {
        assert_eq!(marked(words), words);
    }
}

/// The bug: `İ` takes two bytes, and in small letters three.
#[test]
fn a_letter_that_grows_in_small_letters_crashes_it() {
    let message = crash("İyi geceler, ann");
    assert!(message.contains("out of bounds"), "{message}");
    let message = crash("İİ ann é, ann?");
    assert!(message.contains("not a char boundary"), "{message}");
}

/// Nobody notices that one.
#[test]
fn sometimes_it_only_marks_what_is_no_name() {
    assert_eq!(marked("İ, ann! Hello"), "İ, a*nn!* Hello");
    assert_eq!(marked("İyi geceler"), "İyi geceler");
}

/// What was acknowledged before a crash is there after it, for who has stayed
/// and for who comes then.
#[tokio::test(start_paused = true)]
async fn a_room_that_crashes_keeps_what_was_said_and_who_is_here() {
    let (room, keeper) = Room::new(Slow::Grow);
    let keeper =
        std::sync::Arc::new(tokio::sync::Mutex::new(keeper.showing(mark)));
    let intensity = Intensity {
        restarts: 1,
        within: Duration::from_secs(60),
    };
    let supervisor = Supervisor::new(Strategy::OneForOne, intensity).child(
        "room",
        move || {
            let keeper = keeper.clone();
            async move { keeper.lock().await.run().await }
        },
    );
    let run = tokio::spawn(async move { supervisor.run().await });
    let ann = room.join("ann".parse().unwrap()).await.unwrap().unwrap();
    ann.voice().say("one".to_owned()).await.unwrap();
    let crash = "İ ann".to_owned();
    assert_eq!(ann.voice().say(crash.clone()).await, Err(Trouble::Crashed));
    ann.voice().say("two".to_owned()).await.unwrap();
    let ben = room.join("ben".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(ann.voice().say(crash.clone()).await, Err(Trouble::Crashed));
    assert!(run.await.unwrap().is_err(), "it has given up");
    assert_eq!(ann.voice().say(crash).await, Err(Trouble::Closed));
    for member in [ann, ben] {
        let (mut inbox, mut lines) = (member.leave(), Vec::new());
        while inbox.take(&mut lines, 100).await > 0 {}
        assert_eq!(
            lines.join(" | "),
            "* ann has joined | ann: one | \
             * the room has crashed, and is open again | ann: two | \
             * ben has joined"
        );
    }
}
