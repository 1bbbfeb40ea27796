//! The tests of the nineteenth exercise. They run the office only while they
//! wait for something, so they know what it has seen. Their clock is paused:
//! whenever all wait, it jumps to the next moment for which somebody waits.

use std::{
    collections::BTreeSet,
    fmt::Debug,
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use ex19_tickets::{Office, REQUESTS, Trouble, open};
use testkit::{LIMIT, within};
use tokio::{
    task::{JoinSet, unconstrained},
    time::{sleep, timeout},
};

/// The task that is the office.
struct Keeper(Pin<Box<dyn Future<Output = ()> + Send>>);

/// An office with so many seats, which does not run yet.
fn hall(seats: u32) -> (Office, Keeper) {
    let (office, keeper) = open(seats);
    (office, Keeper(Box::pin(keeper)))
}

impl Keeper {
    /// Runs the office until it has answered.
    async fn answer<T>(
        &mut self,
        deed: &str,
        what: &str,
        asking: impl Future<Output = T>,
    ) -> T {
        let both = async {
            tokio::select! {
                biased;
                answer = asking => answer,
                () = &mut self.0 => panic!(
                    "{deed}; the task of the office has ended, though there \
                     are handles"
                ),
            }
        };
        timeout(LIMIT, both).await.unwrap_or_else(|_| {
            panic!("{deed}; `{what}` was not answered, and everybody waits")
        })
    }

    /// Runs the office until it has nothing to do.
    async fn rest(&mut self, deed: &str) {
        let moment = sleep(Duration::from_millis(1));
        self.answer(deed, "sleep", moment).await;
    }

    fn sell<'a>(
        &'a mut self,
        office: &'a Office,
        deed: &'a str,
        n: usize,
    ) -> impl Future<Output = Result<Vec<u32>, Trouble>> + 'a {
        self.answer(deed, "sell", office.sell(n))
    }

    async fn give_back(&mut self, office: &Office, deed: &str, seats: &[u32]) {
        let asking = office.give_back(seats);
        let given = self.answer(deed, "give_back", asking).await;
        assert!(given == Ok(()), "{deed}; `give_back` returned {given:?}");
    }

    async fn assert_left(&mut self, office: &Office, deed: &str, n: usize) {
        let left = self.answer(deed, "left", office.left()).await;
        assert!(
            left == Ok(n),
            "{deed}; then {n} must be left, and `left` returned {left:?}"
        );
    }
}

/// Asks, and does not wait for the answer. The office does not run meanwhile.
#[track_caller]
fn begin<'a, T: Debug>(
    deed: &str,
    asking: impl Future<Output = T> + 'a,
) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    // Otherwise tokio would interrupt who asks very often.
    let mut asking = Box::pin(unconstrained(asking));
    let mut context = Context::from_waker(Waker::noop());
    if let Poll::Ready(answer) = asking.as_mut().poll(&mut context) {
        panic!("{deed}; the answer was {answer:?} before the office ran");
    }
    asking
}

#[track_caller]
fn assert_sold(
    deed: &str,
    sold: Result<Vec<u32>, Trouble>,
    expected: Result<&[u32], Trouble>,
) {
    assert!(
        sold.as_deref() == expected.as_ref().map(|seats| *seats),
        "{deed}\n expected {expected:?}\n      and got {sold:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_lowest_free_seats_are_sold() {
    let (office, mut keeper) = hall(10);
    let deed = "in a hall of 10 seats, 3 were asked for";
    let sold = keeper.sell(&office, deed, 3).await;
    assert_sold(deed, sold, Ok(&[1, 2, 3]));
    keeper.assert_left(&office, deed, 7).await;
    let deed = "then 2 were asked for";
    let sold = keeper.sell(&office, deed, 2).await;
    assert_sold(deed, sold, Ok(&[4, 5]));
    let deed = "of 5 that were sold, 4 and 2 came back";
    keeper.give_back(&office, deed, &[4, 2]).await;
    keeper.assert_left(&office, deed, 7).await;
    let deed = "1 to 5 were sold, 4 and 2 came back, and 3 were asked for";
    let sold = keeper.sell(&office, deed, 3).await;
    assert_sold(deed, sold, Ok(&[2, 4, 6]));
}

#[tokio::test(start_paused = true)]
async fn all_are_sold_or_none() {
    let (office, mut keeper) = hall(5);
    let deed = "in a hall of 5 seats, 3 were asked for";
    let sold = keeper.sell(&office, deed, 3).await;
    assert_sold(deed, sold, Ok(&[1, 2, 3]));
    for n in [3, usize::MAX] {
        let deed = format!("2 seats were left, and {n} were asked for");
        let sold = keeper.sell(&office, &deed, n).await;
        assert_sold(&deed, sold, Err(Trouble::SoldOut));
        keeper.assert_left(&office, &deed, 2).await;
    }
    let deed = "2 seats were left, and 2 were asked for";
    let sold = keeper.sell(&office, deed, 2).await;
    assert_sold(deed, sold, Ok(&[4, 5]));
    keeper.assert_left(&office, deed, 0).await;
}

#[tokio::test(start_paused = true)]
async fn two_who_ask_at_once_do_not_share() {
    let (office, mut keeper) = hall(5);
    let deed = "in a hall of 5 seats, two asked for 3 each at the same time";
    let one = begin(deed, office.sell(3));
    let other = begin(deed, office.sell(3));
    let both = async { tokio::join!(one, other) };
    let (one, other) = keeper.answer(deed, "sell", both).await;
    assert_sold(deed, one, Ok(&[1, 2, 3]));
    assert_sold(deed, other, Err(Trouble::SoldOut));
    keeper.assert_left(&office, deed, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_is_sold_once() {
    const BUYERS: usize = 100;
    let deed = "in a hall of 200 seats, 100 buyers asked for 3 each, and every \
                second gave them back";
    let (office, keeper) = open(200);
    tokio::spawn(keeper);
    let mut buyers = JoinSet::new();
    for number in 0..BUYERS {
        let office = office.clone();
        buyers.spawn(async move {
            let seats = office.sell(3).await.ok()?;
            if number % 2 == 0 {
                return Some(seats);
            }
            office.give_back(&seats).await.ok()?;
            None
        });
    }
    let bought = within(deed, buyers.join_all()).await;
    let bought: Vec<u32> = bought.into_iter().flatten().flatten().collect();
    let seats: BTreeSet<u32> = bought.iter().copied().collect();
    assert!(
        !seats.is_empty() && seats.len() == bought.len(),
        "{deed}; these were sold: {bought:?}"
    );
    let left = within("`left`", office.left()).await;
    assert!(
        left == Ok(200 - bought.len()),
        "{deed}; {} were sold, and `left` returned {left:?}",
        bought.len()
    );
}

#[tokio::test(start_paused = true)]
async fn requests_are_answered_in_their_order() {
    let (office, mut keeper) = hall(5);
    let deed = "in a hall of 5 seats, 3 were asked for";
    let sold = keeper.sell(&office, deed, 3).await;
    assert_sold(deed, sold, Ok(&[1, 2, 3]));
    let deed = "2 seats were left, and while the office did not run, 3 were \
                asked for, 3 came back, and 3 were asked for again";
    let early = begin(deed, office.sell(3));
    let back = begin(deed, office.give_back(&[1, 2, 3]));
    let late = begin(deed, office.sell(3));
    let left = begin(deed, office.left());
    let all = async { tokio::join!(early, back, late, left) };
    let (early, back, late, left) = keeper.answer(deed, "sell", all).await;
    assert_sold(deed, early, Err(Trouble::SoldOut));
    assert!(back == Ok(()), "{deed}; `give_back` returned {back:?}");
    assert_sold(deed, late, Ok(&[1, 2, 3]));
    assert!(left == Ok(2), "{deed}; then `left` returned {left:?}");
}

#[tokio::test(start_paused = true)]
async fn what_came_back_can_be_sold_at_once() {
    let (office, mut keeper) = hall(2);
    let deed = "in a hall of 2 seats, 2 were asked for";
    let sold = keeper.sell(&office, deed, 2).await;
    assert_sold(deed, sold, Ok(&[1, 2]));
    let deed = "2 seats came back, and were asked for as soon as `give_back` \
                had returned";
    let both = async {
        let given = office.give_back(&[1, 2]).await;
        assert!(given == Ok(()), "{deed}; `give_back` returned {given:?}");
        office.sell(2).await
    };
    let sold = keeper.answer(deed, "sell", both).await;
    assert_sold(deed, sold, Ok(&[1, 2]));
}

#[tokio::test(start_paused = true)]
async fn a_seat_comes_back_once() {
    let (office, mut keeper) = hall(5);
    let deed = "in a hall of 5 seats, 3 were asked for";
    let sold = keeper.sell(&office, deed, 3).await;
    assert_sold(deed, sold, Ok(&[1, 2, 3]));
    let deed = "2 seats were left, and 1 came back";
    keeper.give_back(&office, deed, &[1]).await;
    let deed = "2 seats were left, and 1 came back twice";
    keeper.give_back(&office, deed, &[1]).await;
    keeper.assert_left(&office, deed, 3).await;
    let deed = "2 seats were left, 1 came back twice, then 2 twice at once";
    keeper.give_back(&office, deed, &[2, 2]).await;
    keeper.assert_left(&office, deed, 4).await;
    let sold = keeper.sell(&office, deed, 4).await;
    assert_sold(deed, sold, Ok(&[1, 2, 4, 5]));
}

#[tokio::test(start_paused = true)]
async fn what_was_never_sold_does_not_come_back() {
    let (office, mut keeper) = hall(5);
    let deed = "in a hall of 5 seats, 2 were asked for";
    let sold = keeper.sell(&office, deed, 2).await;
    assert_sold(deed, sold, Ok(&[1, 2]));
    for seats in [&[4][..], &[0], &[6], &[u32::MAX], &[3, 4, 5, 6]] {
        let deed = format!("1 and 2 of 5 were sold, and {seats:?} came back");
        keeper.give_back(&office, &deed, seats).await;
        keeper.assert_left(&office, &deed, 3).await;
    }
    let sold = keeper.sell(&office, deed, 3).await;
    assert_sold("the last 3 were asked for", sold, Ok(&[3, 4, 5]));
}

#[tokio::test(start_paused = true)]
async fn who_goes_before_the_office_looks_buys_nothing() {
    let (office, mut keeper) = hall(5);
    let deed = "in a hall of 5 seats, 3 were asked for, and the buyer had gone \
                when the office saw it";
    drop(begin(deed, office.sell(3)));
    keeper.rest(deed).await;
    keeper.assert_left(&office, deed, 5).await;

    let deed = "many waited for the office, one more asked for 3 seats of 5, \
                and they all had gone when the office saw it";
    let asking = || begin(deed, office.left());
    let many: Vec<_> = (0..2 * REQUESTS).map(|_| asking()).collect();
    let buyer = begin(deed, office.sell(3));
    drop((many, buyer));
    keeper.rest(deed).await;
    keeper.assert_left(&office, deed, 5).await;
}

#[tokio::test(start_paused = true)]
async fn who_goes_with_the_answer_on_its_way_buys_nothing() {
    let (office, mut keeper) = hall(5);
    let deed = "in a hall of 5 seats, 3 were asked for, the office answered, \
                and the buyer went without looking";
    let buyer = begin(deed, office.sell(3));
    keeper.rest(deed).await;
    drop(buyer);
    keeper.rest(deed).await;
    keeper.assert_left(&office, deed, 5).await;
    let sold = keeper.sell(&office, deed, 5).await;
    assert_sold(deed, sold, Ok(&[1, 2, 3, 4, 5]));
}

#[tokio::test(start_paused = true)]
async fn who_goes_while_many_wait_buys_nothing() {
    let (office, mut keeper) = hall(5);
    let deed = "in a hall of 5 seats, 3 were asked for, the office answered, \
                and the buyer went without looking, while many waited for the \
                office";
    let buyer = begin(deed, office.sell(3));
    keeper.rest(deed).await;
    let asking = || begin(deed, office.left());
    let many: Vec<_> = (0..2 * REQUESTS).map(|_| asking()).collect();
    drop(buyer);
    for one in many {
        let left = keeper.answer(deed, "left", one).await;
        assert!(left.is_ok(), "{deed}; `left` returned {left:?}");
    }
    keeper.rest(deed).await;
    keeper.assert_left(&office, deed, 5).await;
}

#[tokio::test(start_paused = true)]
async fn who_does_not_look_at_the_answer_holds_up_nobody() {
    let (office, mut keeper) = hall(5);
    let deed = "in a hall of 5 seats, 3 were asked for, by a buyer who does \
                not look at the answer yet";
    let buyer = begin(deed, office.sell(3));
    keeper.rest(deed).await;
    keeper.assert_left(&office, deed, 2).await;
    let sold = keeper.answer(deed, "sell", buyer).await;
    assert_sold(deed, sold, Ok(&[1, 2, 3]));
    keeper.assert_left(&office, deed, 2).await;
}

#[tokio::test(start_paused = true)]
async fn only_so_many_requests_wait() {
    const SEATS: u32 = 100;
    let (office, mut keeper) = hall(SEATS);
    let deed = "in a hall of 100 seats, 100 were asked for";
    let sold = keeper.sell(&office, deed, SEATS as usize).await;
    assert!(sold.is_ok(), "{deed}; `sell` returned {sold:?}");
    let deed = "while the office did not run, 100 tasks gave back a seat each, \
                and were dropped";
    for seat in 1..=SEATS {
        drop(begin(deed, office.give_back(&[seat])));
    }
    keeper.rest(deed).await;
    let left = keeper.answer(deed, "left", office.left()).await;
    assert!(
        matches!(left, Ok(..=REQUESTS)),
        "{deed}; at most {REQUESTS} requests may wait in a queue, and so many \
         seats have come back: {left:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_office_ends_with_its_last_handle() {
    let (office, mut keeper) = hall(5);
    let other = office.clone();
    let deed = "3 seats were sold, and one of two handles was dropped";
    let sold = keeper.sell(&office, deed, 3).await;
    assert_sold(deed, sold, Ok(&[1, 2, 3]));
    drop(begin(deed, office.sell(1)));
    drop(office);
    keeper.rest(deed).await;
    keeper.assert_left(&other, deed, 2).await;
    drop(other);
    assert!(
        timeout(LIMIT, keeper.0).await.is_ok(),
        "all handles were dropped, and the task of the office goes on"
    );
}

#[tokio::test(start_paused = true)]
async fn an_office_that_is_gone_is_an_error() {
    let (office, mut keeper) = hall(5);
    let deed = "3 seats were sold, and the task of the office was dropped";
    let sold = keeper.sell(&office, deed, 3).await;
    assert_sold(deed, sold, Ok(&[1, 2, 3]));
    drop(keeper);
    let sold = within("the answer to `sell`", office.sell(1)).await;
    assert_sold(deed, sold, Err(Trouble::Closed));
    let given = within("the answer to `give_back`", office.give_back(&[1]));
    let given = given.await;
    assert!(
        given == Err(Trouble::Closed),
        "{deed}; `give_back` returned {given:?}"
    );
    let left = within("the answer to `left`", office.left()).await;
    assert!(
        left == Err(Trouble::Closed),
        "{deed}; `left` returned {left:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn who_waits_learns_that_the_office_is_gone() {
    let (office, keeper) = hall(5);
    let deed = "3 buyers waited, and the task of the office was dropped";
    let buyers: Vec<_> = (0..3).map(|_| begin(deed, office.sell(1))).collect();
    drop(keeper);
    for buyer in buyers {
        let sold = within("the answer to `sell`", buyer).await;
        assert_sold(deed, sold, Err(Trouble::Closed));
    }
}
