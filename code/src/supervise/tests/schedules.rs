//! Children that panic and return at any times, against a model of what a
//! supervisor does, and against what it must never do.
//!
//! `PROPTEST_CASES` says how many plans are tried. When nobody says it, they
//! are two thousand for each test.

use std::{
    env,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use proptest::{
    prop_assert_eq,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tokio::runtime;

use super::*;

mod draw;
mod model;
mod never;

/// So many plans when nobody says another number.
const PLANS: u32 = 2_000;

/// How many children there are at most, and how often each ends by itself.
const MOST: usize = 4;
const LIVES: usize = 3;

/// What is to happen in a run.
#[derive(Debug, Clone)]
struct Plan {
    strategy: Strategy,
    intensity: Intensity,
    /// The first pause, and the longest.
    pauses: [Duration; 2],
    /// The lives of each child, one after the other. Who has no more of them
    /// stays until it is ended.
    lives: Vec<Vec<Life>>,
    end: Duration,
    /// Whether the run is dropped at its end, or asked to stop.
    is_dropped: bool,
}

#[derive(Debug, Clone, Copy)]
struct Life {
    time: Duration,
    panics: bool,
    /// Whether it panics when somebody else ends it.
    panics_when_ended: bool,
}

/// What has become of which child, and when.
type Entry = (Duration, usize, What);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Begins,
    Panics,
    Returns,
    IsEnded,
}

/// How a run has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Done,
    /// Because of this child.
    GaveUp(String),
    Stopped,
    Dropped,
}

/// All that happens, and since when.
#[derive(Debug, Clone)]
struct Entries(Arc<Mutex<Vec<Entry>>>, Instant);

impl Entries {
    fn read(&self) -> Vec<Entry> {
        self.0.lock().unwrap().clone()
    }
}

/// Writes down how a life ends.
struct End {
    entries: Entries,
    place: usize,
    what: What,
    panics_when_ended: bool,
}

impl End {
    fn write(&self, what: What) {
        let Entries(entries, since) = &self.entries;
        let entry = (since.elapsed(), self.place, what);
        entries.lock().unwrap().push(entry);
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.write(self.what);
        if self.what == What::IsEnded && self.panics_when_ended {
            panic_quietly();
        }
    }
}

/// Panics, without a word on the screen.
fn panic_quietly() -> ! {
    std::panic::resume_unwind(Box::new("as planned"))
}

async fn live(entries: Entries, place: usize, life: Option<Life>) {
    let mut end = End {
        entries,
        place,
        what: What::IsEnded,
        panics_when_ended: life.is_some_and(|life| life.panics_when_ended),
    };
    end.write(What::Begins);
    let Some(life) = life else {
        return pending().await;
    };
    sleep(life.time).await;
    if life.panics {
        end.what = What::Panics;
        drop(end);
        panic_quietly();
    }
    end.what = What::Returns;
}

impl Plan {
    fn supervisor(&self, entries: &Entries) -> Supervisor {
        let [first, longest] = self.pauses;
        let pauses = ExponentialBuilder::new()
            .with_min_delay(first)
            .with_max_delay(longest);
        let all = Supervisor::new(self.strategy, self.intensity);
        let lives = self.lives.iter().cloned().enumerate();
        lives.fold(all.pausing(pauses), |all, (place, lives)| {
            let (lived, entries) = (AtomicUsize::new(0), entries.clone());
            all.child(&place.to_string(), move || {
                let life = lives.get(lived.fetch_add(1, Relaxed));
                live(entries.clone(), place, life.copied())
            })
        })
    }

    /// What happens, by a clock that jumps.
    fn play(&self) -> (Vec<Entry>, Outcome) {
        let runtime = runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        runtime.unwrap().block_on(async {
            let entries = Entries(Arc::default(), Instant::now());
            let outcome = self.run(self.supervisor(&entries)).await;
            let seen = entries.read();
            sleep(LONG).await;
            assert_eq!(entries.read(), seen, "somebody is left");
            (seen, outcome)
        })
    }

    async fn run(&self, supervisor: Supervisor) -> Outcome {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let run = async move { supervisor.run_until(&stopped).await };
        let mut run = tokio::spawn(run);
        let ended = match timeout(self.end, &mut run).await {
            Ok(ended) => ended.unwrap().map(|()| Outcome::Done),
            Err(_) if self.is_dropped => {
                run.abort();
                settle().await;
                Ok(Outcome::Dropped)
            }
            Err(_) => {
                stop.cancel();
                let ended = timeout(LONG, run).await.expect("an end");
                ended.unwrap().map(|()| Outcome::Stopped)
            }
        };
        ended.unwrap_or_else(|gave_up| Outcome::GaveUp(gave_up.child))
    }
}

fn runner() -> TestRunner {
    let cases = env::var("PROPTEST_CASES").map(|cases| cases.parse().unwrap());
    let config = Config {
        cases: cases.unwrap_or(PLANS),
        failure_persistence: None,
        ..Config::default()
    };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, random)
}

/// No two things happen at once that do not have to, so there is one outcome.
#[test]
fn a_supervisor_does_what_the_model_does_at_any_times() {
    // What a sum of shares is, says which lives have led to it.
    let share = Duration::from_millis(1);
    let plans = draw::plans(16 * SECOND, share);
    let check = |plan: Plan| {
        let (mut entries, outcome) = plan.play();
        never::check(&plan, &entries, &outcome)?;
        let (mut wanted, wanted_outcome) = model::play(&plan);
        if outcome == Outcome::Dropped {
            // Then their ends have no order.
            entries.sort_by_key(|(time, place, _)| (*time, *place));
            wanted.sort_by_key(|(time, place, _)| (*time, *place));
        }
        prop_assert_eq!((entries, outcome), (wanted, wanted_outcome));
        Ok(())
    };
    runner().run(&plans, check).unwrap();
}

/// Children panic, return, begin and are ended in the same moment.
// ANCHOR: at_once
#[test]
fn it_never_does_wrong_whatever_happens_at_once() {
    let plans = draw::plans(SECOND, Duration::ZERO);
    let check = |plan: Plan| {
        let (entries, outcome) = plan.play();
        never::check(&plan, &entries, &outcome)
    };
    runner().run(&plans, check).unwrap();
}
// ANCHOR_END: at_once
