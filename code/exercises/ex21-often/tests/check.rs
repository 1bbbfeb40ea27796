//! The tests of the twenty-first exercise. Their clock is paused: whenever all
//! wait, it jumps to the next moment for which somebody waits.

use std::{
    any::Any,
    cell::RefCell,
    fmt,
    future::{pending, poll_fn},
    panic::resume_unwind,
    pin::pin,
    task::Poll,
    time::Duration,
};

use ex21_often::{GaveUp, keep_alive};
use tokio::{
    sync::{
        mpsc::{UnboundedReceiver, unbounded_channel},
        oneshot,
    },
    task::yield_now,
    time::{Instant, sleep, timeout},
};

/// No test takes so long, by the clock that jumps.
const LONG: Duration = Duration::from_secs(10_000);

const WITHIN: Duration = Duration::from_secs(10);

/// What the task does each time that it begins.
#[derive(Clone, Copy)]
enum Life {
    /// It returns after so many milliseconds.
    Returns(u64),
    /// It panics after so many milliseconds, and says something.
    Panics(u64, &'static str),
    /// The same, with a text that was put together.
    PanicsWith(u64, &'static str),
    /// It panics at once, with something that is no text.
    PanicsWithANumber,
}

impl fmt::Display for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, after) = match self {
            Life::Returns(after) => ("returns", *after),
            Life::Panics(after, _) | Life::PanicsWith(after, _) => {
                ("panics", *after)
            }
            Life::PanicsWithANumber => ("panics with the number 42", 0),
        };
        match after {
            0 => write!(f, "{what}"),
            after => write!(f, "{what} after {after} ms"),
        }
    }
}

const BOOM: Life = Life::Panics(0, "boom");

impl Life {
    async fn live(self) {
        match self {
            Life::Returns(after) => wait(after).await,
            Life::Panics(after, words) => {
                wait(after).await;
                panic_with(words);
            }
            Life::PanicsWith(after, words) => {
                wait(after).await;
                panic_with(words.to_owned());
            }
            Life::PanicsWithANumber => panic_with(42),
        }
    }
}

/// Panics without the message that a panic prints, since it would stand
/// between those of the tests.
fn panic_with(what: impl Any + Send) {
    resume_unwind(Box::new(what));
}

async fn wait(milliseconds: u64) {
    if milliseconds > 0 {
        sleep(Duration::from_millis(milliseconds)).await;
    }
}

/// What has become of a task that was kept alive.
#[derive(Debug)]
struct Kept {
    /// What it did.
    deed: String,
    /// When it began, in milliseconds.
    begins: Vec<u64>,
    /// What `keep_alive` returned.
    ended: Result<(), GaveUp>,
    /// When it did, in milliseconds.
    took: u64,
}

impl Kept {
    #[track_caller]
    fn assert_begins(&self, expected: &[u64]) {
        let Kept { deed, begins, .. } = self;
        let pairs = begins.iter().zip(expected);
        let same = pairs.take_while(|(began, due)| began == due).count();
        // The rest would only fill the screen.
        let upto = |times: &[u64]| times[..times.len().min(same + 1)].to_vec();
        assert!(
            begins == expected,
            "{deed}\nit should begin after {:?} ms\n    and it began after \
             {:?} ms",
            upto(expected),
            upto(begins)
        );
    }

    #[track_caller]
    fn assert_done(&self, begins: usize) {
        let Kept { deed, ended, .. } = self;
        assert!(
            ended.is_ok(),
            "{deed}\nit began after {:?} ms, and `keep_alive` returned {ended:?}",
            self.begins
        );
        self.assert_count(begins);
    }

    /// Returns the message of the error.
    #[track_caller]
    fn assert_gave_up(&self, begins: usize) -> &str {
        let Kept { deed, ended, .. } = self;
        let Err(gave_up) = ended else {
            panic!(
                "{deed}\nit began after {:?} ms, and `keep_alive` returned Ok",
                self.begins
            );
        };
        self.assert_count(begins);
        &gave_up.message
    }

    #[track_caller]
    fn assert_count(&self, expected: usize) {
        let Kept { deed, begins, .. } = self;
        assert!(
            begins.len() == expected,
            "{deed}\nit should begin {expected} times, and it began after \
             {begins:?} ms"
        );
    }
}

/// Keeps a task alive that lives these lives, one after the other.
async fn keep(restarts: usize, lives: &[Life]) -> Kept {
    let mut deeds: Vec<_> =
        lives.iter().take(7).map(ToString::to_string).collect();
    if lives.len() > deeds.len() {
        deeds.push(format!("and so on, {} times in all", lives.len()));
    }
    let deed = format!(
        "{restarts} restarts within {WITHIN:?}; each time that it begins, the \
         task\n {}",
        deeds.join("\n ")
    );
    let (start, begins) = (Instant::now(), RefCell::new(Vec::new()));
    let mut next = lives.iter().copied();
    let keeping = keep_alive(restarts, WITHIN, || {
        begins.borrow_mut().push(since(start));
        let life = next.next();
        async move {
            match life {
                Some(life) => life.live().await,
                // There should be none, and it must not go on for ever.
                None => pending().await,
            }
        }
    });
    let Ok(ended) = timeout(LONG, keeping).await else {
        let begins = begins.into_inner();
        let begins = &begins[..begins.len().min(10)];
        panic!("{deed}\nit began after {begins:?} ms, and has not ended");
    };
    Kept {
        deed,
        begins: begins.into_inner(),
        ended,
        took: since(start),
    }
}

fn since(start: Instant) -> u64 {
    let took = start.elapsed().as_millis();
    took.try_into().expect("no test takes so long")
}

/// The lives, and after them one that returns.
fn and_then_returns(lives: &[Life]) -> Vec<Life> {
    [lives, &[Life::Returns(0)]].concat()
}

#[tokio::test(start_paused = true)]
async fn a_task_that_returns_is_done() {
    let kept = keep(3, &[Life::Returns(0)]).await;
    kept.assert_done(1);
    let kept = keep(3, &[Life::Returns(60_000)]).await;
    kept.assert_done(1);
    assert!(
        kept.took == 60_000,
        "{}\nit took {} ms",
        kept.deed,
        kept.took
    );
}

#[tokio::test(start_paused = true)]
async fn a_task_that_panics_begins_again() {
    keep(3, &and_then_returns(&[BOOM])).await.assert_done(2);
    let lives = [BOOM, Life::PanicsWith(5, "bang"), Life::Panics(7, "bump")];
    keep(3, &and_then_returns(&lives)).await.assert_done(4);
}

#[tokio::test(start_paused = true)]
async fn it_is_a_task_of_its_own() {
    let (tell, mut told) = unbounded_channel();
    let mut keeping = pin!(keep_alive(1, WITHIN, || {
        let tell = tell.clone();
        async move {
            for step in 0..3 {
                yield_now().await;
                let _ = tell.send(step);
            }
        }
    }));
    poll_fn(|cx| {
        let _ = keeping.as_mut().poll(cx);
        Poll::Ready(())
    })
    .await;
    let steps = async { while told.recv().await != Some(2) {} };
    let came = timeout(LONG, steps).await;
    assert!(
        came.is_ok(),
        "the future of `keep_alive` was polled once, and then the task did not \
         go on by itself"
    );
}

#[tokio::test(start_paused = true)]
async fn pauses_double() {
    let kept = keep(9, &and_then_returns(&[BOOM; 6])).await;
    kept.assert_done(7);
    kept.assert_begins(&[0, 100, 300, 700, 1500, 3100, 6300]);
}

#[tokio::test(start_paused = true)]
async fn no_pause_is_longer_than_ten_seconds() {
    let kept = keep(100, &and_then_returns(&[BOOM; 80])).await;
    kept.assert_done(81);
    let mut expected = vec![0, 100, 300, 700, 1500, 3100, 6300, 12_700];
    expected.extend((1..=73).map(|more| 12_700 + more * 10_000));
    kept.assert_begins(&expected);
}

#[tokio::test(start_paused = true)]
async fn after_a_long_run_the_pause_is_short_again() {
    let late = Life::Panics(10_500, "late");
    let lives = [BOOM, BOOM, BOOM, late, BOOM, late];
    let kept = keep(9, &and_then_returns(&lives)).await;
    kept.assert_done(7);
    // It begins after 100, 200, 400, and again 100, 200 and 100 ms.
    kept.assert_begins(&[0, 100, 300, 700, 11_300, 11_500, 22_100]);
}

#[tokio::test(start_paused = true)]
async fn after_a_short_run_the_pause_goes_on_growing() {
    let early = Life::Panics(9000, "early");
    let kept = keep(9, &and_then_returns(&[early; 4])).await;
    kept.assert_done(5);
    // It begins after 100, 200, 400 and 800 ms.
    kept.assert_begins(&[0, 9100, 18_300, 27_700, 37_500]);
}

#[tokio::test(start_paused = true)]
async fn so_many_panics_are_borne() {
    for restarts in 1..5 {
        let lives = and_then_returns(&[BOOM; 5][..restarts]);
        keep(restarts, &lives).await.assert_done(restarts + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn one_more_panic_is_too_many() {
    for restarts in 0..5 {
        let lives = and_then_returns(&[BOOM; 6][..=restarts]);
        let kept = keep(restarts, &lives).await;
        kept.assert_gave_up(restarts + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn it_gives_up_without_a_pause() {
    let kept = keep(2, &[BOOM, BOOM, Life::Panics(50, "bang")]).await;
    kept.assert_gave_up(3);
    let Kept { deed, took, .. } = kept;
    assert!(
        took == 350,
        "{deed}\nthe last panic comes after 350 ms, and `keep_alive` returned \
         after {took} ms"
    );
}

#[tokio::test(start_paused = true)]
async fn old_panics_do_not_count() {
    let late = Life::Panics(10_500, "late");
    let kept = keep(1, &and_then_returns(&[late; 20])).await;
    kept.assert_done(21);
    // Two of these at most are in a time of 10 s, though each comes soon.
    let soon = Life::Panics(6000, "soon");
    let kept = keep(2, &and_then_returns(&[soon; 20])).await;
    kept.assert_done(21);
}

#[tokio::test(start_paused = true)]
async fn the_time_ends_at_each_panic() {
    // They come after 0, 9, 11 and 12 s. The last three are within 10 s.
    let lives = [
        BOOM,
        Life::Panics(8900, "after 9 s"),
        Life::Panics(1800, "after 11 s"),
        Life::Panics(600, "after 12 s"),
    ];
    let kept = keep(2, &and_then_returns(&lives)).await;
    let message = kept.assert_gave_up(4);
    assert!(
        message == "after 12 s",
        "{}\nthe message was {message:?}",
        kept.deed
    );
}

#[tokio::test(start_paused = true)]
async fn the_last_message_is_told() {
    for [first, last] in [
        [Life::Panics(0, "one"), Life::Panics(0, "two")],
        [Life::PanicsWith(0, "one"), Life::PanicsWith(0, "two")],
    ] {
        let kept = keep(1, &[first, last]).await;
        let message = kept.assert_gave_up(2);
        let deed = &kept.deed;
        assert!(message == "two", "{deed}\nthe message was {message:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_without_words_counts_too() {
    let lives = [Life::PanicsWithANumber; 2];
    keep(2, &and_then_returns(&lives)).await.assert_done(3);
    keep(1, &lives).await.assert_gave_up(2);
}

/// A future to keep alive that panics the first time, and then waits for ever.
/// What is received ends when it ends.
fn panics_and_waits() -> (impl Future<Output = ()>, oneshot::Receiver<()>) {
    let (held, ended) = oneshot::channel();
    let mut held = Some(held);
    let mut is_first = true;
    let keeping = keep_alive(3, WITHIN, move || {
        let is_first = std::mem::take(&mut is_first);
        let held = if is_first { None } else { held.take() };
        async move {
            if is_first {
                panic_with("boom");
            }
            pending::<()>().await;
            drop(held);
        }
    });
    let keeping = async {
        let _ = keeping.await;
    };
    (keeping, ended)
}

#[tokio::test(start_paused = true)]
async fn dropping_it_ends_the_task() {
    let deed = "the task panicked, began again, and runs";
    let (keeping, mut ended) = panics_and_waits();
    let early = timeout(Duration::from_secs(1), keeping).await;
    assert!(early.is_err(), "{deed}, and `keep_alive` returned");
    // The one second is over, and its future is dropped.
    let ended = timeout(LONG, &mut ended).await;
    assert!(
        ended.is_ok(),
        "{deed}; the future of `keep_alive` was dropped, and {LONG:?} later \
         the task still runs"
    );
}

#[tokio::test(start_paused = true)]
async fn dropped_in_a_pause_it_begins_nothing() {
    let (tell, mut told): (_, UnboundedReceiver<()>) = unbounded_channel();
    let keeping = keep_alive(3, WITHIN, move || {
        let _ = tell.send(());
        async { panic_with("boom") }
    });
    let deed = "the task panicked, and 50 ms later the future was dropped";
    let early = timeout(Duration::from_millis(50), keeping).await;
    assert!(early.is_err(), "{deed}, but `keep_alive` had returned");
    sleep(LONG).await;
    let mut begins = 0;
    while told.try_recv().is_ok() {
        begins += 1;
    }
    assert!(
        begins == 1,
        "{deed}; it should begin once, and it began {begins} times"
    );
}
