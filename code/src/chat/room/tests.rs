use std::time::Duration;

use tokio::{task::yield_now, time::timeout};

use super::*;
use crate::chat::mailbox::WAITING;

const LONG: Duration = Duration::from_secs(3600);

/// A room that runs, until nobody is left.
fn open(slow: Slow) -> Room {
    let (room, mut keeper) = Room::new(slow);
    tokio::spawn(async move { keeper.run().await });
    room
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

async fn join(room: &Room, who: &str) -> Member {
    room.join(name(who)).await.unwrap().unwrap()
}

/// Takes what there is for somebody, until nothing comes for an hour.
async fn heard(inbox: &mut Inbox) -> Vec<String> {
    let mut lines = Vec::new();
    let taking = async { while inbox.take(&mut lines, 64).await > 0 {} };
    let _ = timeout(LONG, taking).await;
    lines.iter().map(|line| line.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn everybody_hears_everything_in_the_same_order() {
    let room = open(Slow::Cut);
    let mut members = Vec::new();
    for number in 0..10 {
        members.push(join(&room, &format!("m{number}")).await);
    }
    for member in &mut members {
        heard(member.inbox()).await;
    }
    let said = members.iter().map(|member| async move {
        for number in 0..20 {
            member.voice().say(number.to_string()).await.unwrap();
            yield_now().await;
        }
    });
    futures_util::future::join_all(said).await;

    let first = heard(members[0].inbox()).await;
    assert_eq!(first.len(), 200);
    for member in &mut members[1..] {
        assert_eq!(heard(member.inbox()).await, first);
    }
    for number in 0..10 {
        let who = format!("m{number}: ");
        let own = first.iter().filter_map(|line| line.strip_prefix(&who));
        assert!(own.eq((0..20).map(|number| number.to_string())), "{who}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_joins_hears_the_last_lines_and_no_older_ones() {
    let room = open(Slow::Cut);
    let mut ann = join(&room, "ann").await;
    for number in 0..HISTORY + 50 {
        ann.voice().say(number.to_string()).await.unwrap();
    }
    let mut bob = join(&room, "bob").await;
    let lines = heard(bob.inbox()).await;
    assert_eq!(lines.len(), HISTORY);
    assert_eq!(lines[0], "ann: 51", "the newest one is that bob has joined");
    assert_eq!(lines[HISTORY - 1], "* bob has joined");
    assert_eq!(heard(ann.inbox()).await.len(), HISTORY + 52);
}

#[tokio::test(start_paused = true)]
async fn a_private_word_is_heard_by_one_and_remembered_by_nobody() {
    let room = open(Slow::Cut);
    let mut ann = join(&room, "ann").await;
    let mut bob = join(&room, "bob").await;
    let mut eve = join(&room, "eve").await;
    for member in [&mut ann, &mut bob, &mut eve] {
        heard(member.inbox()).await;
    }
    let told = ann
        .voice()
        .whisper(name("bob"), "a secret".to_owned())
        .await;
    assert_eq!(told, Ok(Ok(())));
    assert_eq!(heard(bob.inbox()).await, ["ann, to you: a secret"]);
    assert!(heard(eve.inbox()).await.is_empty());
    assert!(heard(ann.inbox()).await.is_empty());

    let mut late = join(&room, "late").await;
    let lines = heard(late.inbox()).await;
    assert_eq!(lines.len(), 4, "four have joined: {lines:?}");
    let told = ann
        .voice()
        .whisper(name("nobody"), "hello?".to_owned())
        .await;
    assert_eq!(told, Ok(Err(Nobody)));
}

#[tokio::test(start_paused = true)]
async fn a_name_belongs_to_one_and_is_free_when_that_one_has_left() {
    let room = open(Slow::Cut);
    let ann = join(&room, "ann").await;
    let again = room.join(name("ANN")).await.unwrap();
    assert_eq!(again.err(), Some(Taken));
    assert_eq!(ann.voice().who().await.unwrap(), [name("ann")]);

    let mut inbox = ann.leave();
    // The room has noticed when it puts nothing more into the mailbox.
    assert_eq!(heard(&mut inbox).await, ["* ann has joined"]);
    let ann = join(&room, "ann").await;
    assert_eq!(ann.voice().name(), &name("ann"));
}

#[tokio::test(start_paused = true)]
async fn who_is_dropped_has_left() {
    let room = open(Slow::Cut);
    let mut ann = join(&room, "ann").await;
    let bob = join(&room, "bob").await;
    drop(bob);
    let lines = heard(ann.inbox()).await;
    assert_eq!(lines.last().unwrap(), "* bob has left");
    assert_eq!(ann.voice().who().await.unwrap(), [name("ann")]);
}

#[tokio::test(start_paused = true)]
async fn who_goes_away_while_joining_has_joined_and_left() {
    let (room, mut keeper) = Room::new(Slow::Cut);
    let mut ann = Box::pin(room.join(name("ann")));
    let mut bob = Box::pin(room.join(name("bob")));
    // Both have asked, nobody has answered, and bob does not wait for it.
    assert!(futures_util::poll!(&mut ann).is_pending());
    assert!(futures_util::poll!(&mut bob).is_pending());
    drop(bob);
    tokio::spawn(async move { keeper.run().await });

    let mut ann = ann.await.unwrap().unwrap();
    let lines = heard(ann.inbox()).await;
    let joined = ["* ann has joined", "* bob has joined", "* bob has left"];
    assert_eq!(lines, joined);
    assert_eq!(ann.voice().who().await.unwrap(), [name("ann")]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_waits_for_leaves_the_name_free() {
    let (room, mut keeper) = Room::new(Slow::Cut);
    let mut bob = Box::pin(room.join(name("bob")));
    assert!(futures_util::poll!(&mut bob).is_pending());
    tokio::spawn(async move { keeper.run().await });
    let ann = join(&room, "ann").await;
    assert_eq!(ann.voice().who().await.unwrap(), [name("ann"), name("bob")]);
    // The answer has come, and bob was not there any more to take it.
    drop(bob);
    tokio::time::sleep(LONG).await;
    assert_eq!(ann.voice().who().await.unwrap(), [name("ann")]);
}

#[tokio::test(start_paused = true)]
async fn what_is_in_the_mailbox_is_there_after_leaving() {
    let room = open(Slow::Cut);
    let ann = join(&room, "ann").await;
    let bob = join(&room, "bob").await;
    ann.voice().say("goodbye, bob".to_owned()).await.unwrap();
    let mut inbox = bob.leave();
    let lines = heard(&mut inbox).await;
    assert_eq!(lines.last().unwrap(), "ann: goodbye, bob");
    assert_eq!(inbox.take(&mut Vec::new(), 1).await, 0);
    assert!(matches!(
        inbox.why_no_more(false),
        Err(crate::conversation::End::Closed)
    ));
}

#[tokio::test(start_paused = true)]
async fn a_room_that_waits_for_its_own_speaker_waits_forever() {
    let room = open(Slow::Wait);
    let mut ann = join(&room, "ann").await;
    // That ann has joined is in the mailbox, too.
    for number in 1..WAITING {
        ann.voice().say(number.to_string()).await.unwrap();
    }
    // The room waits for ann to take a line, and ann for the room's answer.
    let saying = ann.voice().say("one too many".to_owned());
    assert!(timeout(LONG, saying).await.is_err());
    let asking = timeout(LONG, join(&room, "bob"));
    assert!(asking.await.is_err(), "and everybody waits with them");
    let lines = heard(ann.inbox()).await;
    let last = ["ann: one too many", "* bob has joined", "* bob has left"];
    assert_eq!(lines[WAITING..], last, "it goes on when ann takes lines");
}

#[tokio::test(start_paused = true)]
async fn with_the_other_policies_a_speaker_never_waits_for_itself() {
    for slow in [Slow::Grow, Slow::Miss, Slow::Cut] {
        let room = open(slow);
        let ann = join(&room, "ann").await;
        for number in 0..2 * WAITING {
            let saying = timeout(LONG, ann.voice().say(number.to_string()));
            saying.await.expect("no wait").unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_keeper_the_room_is_closed() {
    let (room, keeper) = Room::new(Slow::Cut);
    drop(keeper);
    let joined = room.join(name("ann")).await;
    assert_eq!(joined.err(), Some(Trouble::Closed));
}

#[tokio::test(start_paused = true)]
async fn the_room_ends_when_nobody_is_left_who_could_ask() {
    let (room, mut keeper) = Room::new(Slow::Cut);
    let running = tokio::spawn(async move { keeper.run().await });
    let ann = join(&room, "ann").await;
    drop(room);
    ann.voice()
        .say("I have a way to it".to_owned())
        .await
        .unwrap();
    assert!(!running.is_finished());
    drop(ann);
    timeout(LONG, running).await.expect("an end").unwrap();
}
