//! The tests of the twentieth exercise. The clock of most is paused: whenever
//! all wait, it jumps to the next moment for which somebody waits.

use std::{
    fmt::Debug,
    hint,
    pin::{Pin, pin},
    sync::mpsc::{self, TryRecvError},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use ex20_newest::{
    Gone, Inbox,
    Item::{self, Line, Missed},
    Mailbox, mailbox,
};
use testkit::{LIMIT, within};
use tokio::{
    task::{JoinHandle, spawn, yield_now},
    time::timeout,
};

/// Puts in a line for each word.
#[track_caller]
fn put(mailbox: &Mailbox, deed: &str, words: &str) {
    for word in words.split(' ') {
        let put = mailbox.put(word.to_owned());
        assert!(put == Ok(()), "{deed}; `put({word:?})` returned {put:?}");
    }
}

fn line(word: &str) -> Option<Item> {
    Some(Line(word.to_owned()))
}

/// Takes as many items as are expected, which must be there.
async fn expect(inbox: &mut Inbox, deed: &str, expected: &[Option<Item>]) {
    let mut taken = Vec::new();
    for _ in expected {
        match timeout(LIMIT, inbox.take()).await {
            Ok(item) => taken.push(item),
            Err(_) => break,
        }
    }
    assert!(
        taken == expected,
        "{deed}\n expected {expected:?}\n     and took {taken:?}{}",
        match taken.len() < expected.len() {
            true => ", and then it waited",
            false => "",
        }
    );
}

/// That there is nothing in the mailbox now.
fn assert_waits(inbox: &mut Inbox, deed: &str) {
    let taken = look(pin!(inbox.take()), Waker::noop());
    assert!(
        taken.is_pending(),
        "{deed}; then `take` had to wait, and returned {taken:?}"
    );
}

/// Polls once.
fn look<T>(
    taking: Pin<&mut impl Future<Output = T>>,
    waker: &Waker,
) -> Poll<T> {
    taking.poll(&mut Context::from_waker(waker))
}

/// Has a task take one, which has begun to wait when this returns.
async fn wait(mut inbox: Inbox) -> JoinHandle<(Inbox, Option<Item>)> {
    let task = spawn(async move {
        let item = inbox.take().await;
        (inbox, item)
    });
    // There is one thread, so the task has its turn now.
    yield_now().await;
    task
}

async fn woken<T: Debug>(deed: &str, task: JoinHandle<T>) -> T {
    match timeout(LIMIT, task).await {
        Ok(Ok(woken)) => woken,
        Ok(Err(error)) => panic!("{deed}; `take` has panicked: {error}"),
        Err(_) => panic!("{deed}; `take` was not woken"),
    }
}

#[tokio::test(start_paused = true)]
async fn lines_come_in_their_order() {
    let (mailbox, mut inbox) = mailbox(3);
    let deed = "there is room for 3, and a, b, c were put in";
    put(&mailbox, deed, "a b c");
    let expected = [line("a"), line("b"), line("c")];
    expect(&mut inbox, deed, &expected).await;
    assert_waits(&mut inbox, deed);
}

#[tokio::test(start_paused = true)]
async fn the_oldest_go_and_are_counted() {
    let (mailbox, mut inbox) = mailbox(3);
    let deed = "there is room for 3, and a to e were put in";
    put(&mailbox, deed, "a b c d e");
    let expected = [Some(Missed(2)), line("c"), line("d"), line("e")];
    expect(&mut inbox, deed, &expected).await;
    assert_waits(&mut inbox, deed);
}

#[tokio::test(start_paused = true)]
async fn there_is_room_for_one() {
    let (mailbox, mut inbox) = mailbox(1);
    let deed = "there is room for 1, and a was put in";
    put(&mailbox, deed, "a");
    expect(&mut inbox, deed, &[line("a")]).await;
    let deed = "there is room for 1, a was taken, and b, c, d were put in";
    put(&mailbox, deed, "b c d");
    expect(&mut inbox, deed, &[Some(Missed(2)), line("d")]).await;
    assert_waits(&mut inbox, deed);
}

#[tokio::test(start_paused = true)]
async fn each_loss_is_told_once() {
    let (mailbox, mut inbox) = mailbox(2);
    let deed = "there is room for 2, and a, b, c were put in";
    put(&mailbox, deed, "a b c");
    expect(&mut inbox, deed, &[Some(Missed(1)), line("b")]).await;
    let deed = "there is room for 2, a was missed and told, b taken, and d put \
                in behind c";
    put(&mailbox, deed, "d");
    expect(&mut inbox, deed, &[line("c"), line("d")]).await;
    let deed = "one loss was told, all lines were taken, and e to i put in";
    put(&mailbox, deed, "e f g h i");
    let expected = [Some(Missed(3)), line("h"), line("i")];
    expect(&mut inbox, deed, &expected).await;
    assert_waits(&mut inbox, deed);
}

#[tokio::test(start_paused = true)]
async fn a_loss_is_told_in_its_place() {
    let (mailbox, mut inbox) = mailbox(2);
    let deed = "there is room for 2, a and b were put in, a was taken";
    put(&mailbox, deed, "a b");
    expect(&mut inbox, deed, &[line("a")]).await;
    let deed = "there is room for 2, a was taken, and c, d put in behind b";
    put(&mailbox, deed, "c d");
    expect(&mut inbox, deed, &[Some(Missed(1))]).await;
    let deed = "b was missed and told, and while c and d waited, e was put in";
    put(&mailbox, deed, "e");
    let expected = [Some(Missed(1)), line("d"), line("e")];
    expect(&mut inbox, deed, &expected).await;
    assert_waits(&mut inbox, deed);
}

#[tokio::test(start_paused = true)]
async fn a_loss_takes_no_room() {
    let (mailbox, mut inbox) = mailbox(2);
    let deed = "there is room for 2, and a to d were put in, one after the \
                other";
    for word in ["a", "b", "c", "d"] {
        put(&mailbox, deed, word);
    }
    expect(&mut inbox, deed, &[Some(Missed(2))]).await;
    let deed = "a and b were missed and told; c and d must be there";
    expect(&mut inbox, deed, &[line("c"), line("d")]).await;
    assert_waits(&mut inbox, deed);
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_woken_by_a_line() {
    let (mailbox, mut inbox) = mailbox(3);
    for word in ["a", "b", "c"] {
        let deed = format!("`take` waited, and {word} was put in");
        let task = wait(inbox).await;
        put(&mailbox, &deed, word);
        let taken;
        (inbox, taken) = woken(&deed, task).await;
        assert!(taken == line(word), "{deed}; `take` returned {taken:?}");
        assert_waits(&mut inbox, &deed);
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_later_need_not_be_woken() {
    let (mailbox, mut inbox) = mailbox(3);
    let deed = "a and b were put in before anybody waited";
    put(&mailbox, deed, "a b");
    expect(&mut inbox, deed, &[line("a"), line("b")]).await;
    let deed = "`take` waited, and c and d were put in";
    let task = wait(inbox).await;
    put(&mailbox, deed, "c d");
    let (mut inbox, taken) = woken(deed, task).await;
    assert!(taken == line("c"), "{deed}; `take` returned {taken:?}");
    expect(&mut inbox, deed, &[line("d")]).await;
    assert_waits(&mut inbox, deed);
}

#[tokio::test(start_paused = true)]
async fn who_goes_loses_nothing() {
    let (mailbox, mut inbox) = mailbox(2);
    let deed = "`take` waited and was dropped, and then a was put in";
    assert_waits(&mut inbox, deed);
    put(&mailbox, deed, "a");
    expect(&mut inbox, deed, &[line("a")]).await;
    let deed = "`take` waited, b and c were put in, and it was dropped before \
                it was polled again";
    {
        let mut taking = pin!(inbox.take());
        let taken = look(taking.as_mut(), Waker::noop());
        assert!(taken.is_pending(), "`take` did not wait: {taken:?}");
        put(&mailbox, deed, "b c");
    }
    expect(&mut inbox, deed, &[line("b"), line("c")]).await;
    assert_waits(&mut inbox, deed);
}

#[tokio::test(start_paused = true)]
async fn who_goes_from_a_full_mailbox_loses_nothing() {
    let (mailbox, mut inbox) = mailbox(2);
    let deed = "there is room for 2, a, b, c were put in, and `take` was \
                polled once and dropped, until all were there";
    put(&mailbox, deed, "a b c");
    let mut taken = Vec::new();
    for _ in 0..20 {
        if let Poll::Ready(item) = look(pin!(inbox.take()), Waker::noop()) {
            taken.push(item);
        }
    }
    while taken.len() < 3 {
        match timeout(LIMIT, inbox.take()).await {
            Ok(item) => taken.push(item),
            Err(_) => break,
        }
    }
    let expected = [Some(Missed(1)), line("b"), line("c")];
    assert!(
        taken == expected,
        "{deed}\n expected {expected:?}\n     and took {taken:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn another_task_may_wait_next() {
    let (mailbox, mut inbox) = mailbox(2);
    let deed = "one task waited and gave up, another one waited, and a was put \
                in";
    assert_waits(&mut inbox, deed);
    let task = wait(inbox).await;
    put(&mailbox, deed, "a");
    let (_, taken) = woken(deed, task).await;
    assert!(taken == line("a"), "{deed}; `take` returned {taken:?}");
}

#[tokio::test(start_paused = true)]
async fn the_end_comes_after_what_is_in_it() {
    let (mailbox, mut inbox) = mailbox(2);
    let deed = "there is room for 2, a, b, c were put in, and the mailbox was \
                dropped";
    put(&mailbox, deed, "a b c");
    drop(mailbox);
    let expected = [Some(Missed(1)), line("b"), line("c"), None, None];
    expect(&mut inbox, deed, &expected).await;
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_woken_by_the_end() {
    let (mailbox, inbox) = mailbox(2);
    let deed = "`take` waited, and the mailbox was dropped";
    let task = wait(inbox).await;
    drop(mailbox);
    let (_, taken) = woken(deed, task).await;
    assert!(taken.is_none(), "{deed}; `take` returned {taken:?}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_put_in_for_nobody() {
    let (first, inbox) = mailbox(2);
    let deed = "a was put in, and the other end dropped";
    put(&first, deed, "a");
    drop(inbox);
    let put = first.put("b".to_owned());
    assert!(put == Err(Gone), "{deed}; `put` returned {put:?}");

    let (other, inbox) = mailbox(2);
    let deed = "the other end was dropped by a task that waited";
    let task = wait(inbox).await;
    task.abort();
    yield_now().await;
    let put = other.put("b".to_owned());
    assert!(put == Err(Gone), "{deed}; `put` returned {put:?}");
}

/// However it goes, each line is taken or counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_are_counted_well() {
    const WORDS: usize = 10_000;
    let deed = "a thread put in 10000 lines, another one took them, and there \
                is room for 5";
    let (mailbox, mut inbox) = mailbox(5);
    let putting = spawn(async move {
        for number in 0..WORDS {
            let put = mailbox.put(number.to_string());
            assert!(put == Ok(()), "{deed}; `put` returned {put:?}");
        }
    });
    let taking = spawn(async move {
        let mut next = 0;
        while let Some(item) = inbox.take().await {
            match item {
                Missed(lines) => next += lines,
                Line(line) => {
                    let expected = next.to_string();
                    assert!(line == expected, "{deed}; {expected} was {line}");
                    next += 1;
                }
            }
        }
        next
    });
    let both = async { tokio::join!(putting, taking) };
    let (putting, taking) = within(deed, both).await;
    assert!(putting.is_ok(), "{deed}; `put` failed");
    let counted = taking.unwrap_or_else(|error| panic!("{error}"));
    assert!(counted == WORDS, "{deed}; {counted} were taken or counted");
}

/// The moment between a look and the wait is short. So each round looks a
/// little later.
#[tokio::test]
async fn a_line_that_comes_while_one_looks_is_not_missed() {
    const ROUNDS: usize = 20_000;
    const LONG_ENOUGH: Duration = Duration::from_millis(300);
    let (mailbox, mut inbox) = mailbox(1);
    let (begin, begun) = mpsc::channel::<usize>();
    let putting = thread::spawn(move || {
        loop {
            match begun.try_recv() {
                Ok(round) => {
                    let _ = mailbox.put(round.to_string());
                }
                Err(TryRecvError::Empty) => thread::yield_now(),
                Err(TryRecvError::Disconnected) => return,
            }
        }
    });
    let deed = "`take` looked, and at the same time a thread put in a line";
    let start = Instant::now();
    for round in 0..ROUNDS {
        let mut taking = pin!(inbox.take());
        let _ = begin.send(round);
        (0..round % 200).for_each(|_| hint::spin_loop());
        let mut taken = look(taking.as_mut(), Waker::noop());
        if taken.is_pending() {
            taken = Poll::Ready(within(deed, taking).await);
        }
        let expected = Poll::Ready(line(&round.to_string()));
        assert!(taken == expected, "{deed}; `take` returned {taken:?}");
        if start.elapsed() > LONG_ENOUGH {
            break;
        }
    }
    drop(begin);
    assert!(putting.join().is_ok(), "`put` has panicked");
}
