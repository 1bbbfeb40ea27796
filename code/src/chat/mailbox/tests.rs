use std::future::pending;

use tokio::time::{Duration, Instant, sleep, timeout};

use super::*;

const LONG: Duration = Duration::from_secs(3600);

/// Puts the numbers up to `last` into the mailbox, and returns how many it took
/// before it waited for an hour.
async fn fill(mailbox: &mut Mailbox, last: usize) -> usize {
    for number in 0..last {
        let putting = mailbox.put(number.to_string().into());
        if timeout(LONG, putting).await.is_err() {
            return number;
        }
    }
    last
}

/// Takes all that is there.
async fn empty(inbox: &mut Inbox) -> Vec<String> {
    let mut lines = Vec::new();
    let taking = async { while inbox.take(&mut lines, 64).await > 0 {} };
    // There may be more to come.
    let _ = timeout(LONG, taking).await;
    lines.iter().map(|line| line.to_string()).collect()
}

fn numbers(last: usize) -> Vec<String> {
    (0..last).map(|number| number.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_that_grows_takes_any_number_of_lines() {
    let (mut mailbox, mut inbox) = mailbox(Slow::Grow);
    assert_eq!(fill(&mut mailbox, 100 * WAITING).await, 100 * WAITING);
    assert_eq!(empty(&mut inbox).await, numbers(100 * WAITING));
}

#[tokio::test(start_paused = true)]
async fn a_full_mailbox_makes_the_room_wait() {
    let (mut mailbox, mut inbox) = mailbox(Slow::Wait);
    assert_eq!(fill(&mut mailbox, 2 * WAITING).await, WAITING);
    assert_eq!(empty(&mut inbox).await, numbers(WAITING));
    assert_eq!(fill(&mut mailbox, 2).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_full_mailbox_misses_lines_and_says_how_many_in_their_place() {
    let (mut mailbox, mut inbox) = mailbox(Slow::Miss);
    fill(&mut mailbox, WAITING + 7).await;
    let mut first = Vec::new();
    inbox.take(&mut first, 2).await;
    mailbox.put("after".into()).await;
    let mut lines = empty(&mut inbox).await;
    lines.splice(0..0, first.iter().map(|line| line.to_string()));
    let mut expected = numbers(WAITING);
    expected.extend(["* you have missed 7 lines", "after"].map(str::to_owned));
    assert_eq!(lines, expected);
}

#[tokio::test(start_paused = true)]
async fn what_was_missed_is_told_though_nobody_says_more() {
    let (mut mailbox, mut inbox) = mailbox(Slow::Miss);
    fill(&mut mailbox, WAITING + 1).await;
    let mut lines = empty(&mut inbox).await;
    assert_eq!(lines.pop().unwrap(), "* you have missed a line");
    assert_eq!(lines, numbers(WAITING));

    mailbox.put("after".into()).await;
    assert_eq!(empty(&mut inbox).await, ["after"], "it is told once");
    drop(mailbox);
    assert_eq!(inbox.take(&mut Vec::new(), 1).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_full_mailbox_cuts_its_member_off() {
    let (mut mailbox, mut inbox) = mailbox(Slow::Cut);
    fill(&mut mailbox, WAITING + 1).await;
    assert_eq!(fill(&mut mailbox, 10).await, 10, "the room goes on");
    assert_eq!(empty(&mut inbox).await, numbers(WAITING));
    assert_eq!(inbox.take(&mut Vec::new(), 1).await, 0);
    assert!(matches!(inbox.why_no_more(false), Err(End::Behind)));
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_without_a_room_is_closed() {
    for slow in [Slow::Grow, Slow::Wait, Slow::Miss, Slow::Cut] {
        let (mut mailbox, mut inbox) = mailbox(slow);
        fill(&mut mailbox, 3).await;
        drop(mailbox);
        assert_eq!(empty(&mut inbox).await, numbers(3));
        assert_eq!(inbox.take(&mut Vec::new(), 1).await, 0);
        assert!(matches!(inbox.why_no_more(false), Err(End::Closed)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_room_does_not_wait_for_a_member_that_has_gone() {
    for slow in [Slow::Grow, Slow::Wait, Slow::Miss, Slow::Cut] {
        let (mut mailbox, inbox) = mailbox(slow);
        fill(&mut mailbox, 3).await;
        drop(inbox);
        let all = 2 * WAITING;
        assert_eq!(fill(&mut mailbox, all).await, all, "{slow:?}");
    }
}

/// A mailbox that is full, of a member that has listened so far.
async fn full(slow: Slow) -> (Mailbox, Inbox) {
    let (mut mailbox, mut inbox) = mailbox(slow);
    fill(&mut mailbox, 1).await;
    inbox.take(&mut Vec::new(), 1).await;
    fill(&mut mailbox, WAITING).await;
    (mailbox, inbox)
}

#[tokio::test(start_paused = true)]
async fn who_has_not_had_its_turn_is_waited_for() {
    for slow in [Slow::Miss, Slow::Cut] {
        let (mut mailbox, mut inbox) = full(slow).await;
        let putting = async {
            mailbox.put("one more".into()).await;
        };
        let turn = async {
            sleep(TURN_TIME / 2).await;
            inbox.take(&mut Vec::new(), 1).await;
        };
        tokio::join!(putting, turn);
        let lines = empty(&mut inbox).await;
        assert_eq!(lines[WAITING - 1..], ["one more"], "{slow:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn whose_client_keeps_it_waiting_is_not_waited_for() {
    for slow in [Slow::Miss, Slow::Cut] {
        let (mut mailbox, inbox) = full(slow).await;
        let mut writing = pin!(inbox.write(pending::<()>()));
        assert!(writing.as_mut().now_or_never().is_none());
        let putting = mailbox.put("one more".into());
        assert!(putting.now_or_never().is_some(), "{slow:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_never_has_its_turn_is_waited_for_once() {
    for slow in [Slow::Miss, Slow::Cut] {
        let (mut mailbox, _inbox) = full(slow).await;
        let began = Instant::now();
        fill(&mut mailbox, 1).await;
        assert_eq!(began.elapsed(), TURN_TIME, "{slow:?}");
        fill(&mut mailbox, 1).await;
        assert_eq!(began.elapsed(), TURN_TIME, "{slow:?}");
    }
}
