//! What no supervisor may do, read off what has happened.

use proptest::{prop_assert, test_runner::TestCaseError};

use super::*;

/// Looks through all that has happened.
pub fn check(
    plan: &Plan,
    entries: &[Entry],
    outcome: &Outcome,
) -> Result<(), TestCaseError> {
    lives_follow_each_other(plan, entries)?;
    who_has_returned_stays_away(plan, entries)?;
    if plan.strategy == Strategy::RestForOne {
        who_relies_on_another_begins_after_it(plan, entries)?;
    }
    it_gives_up_in_time(plan, entries, outcome)
}

/// Each life begins after the one before it, and the last one has its end.
fn lives_follow_each_other(
    plan: &Plan,
    entries: &[Entry],
) -> Result<(), TestCaseError> {
    for place in 0..plan.lives.len() {
        let of_it = entries.iter().filter(|entry| entry.1 == place);
        let mut runs = false;
        for (time, _, what) in of_it {
            let begins = *what == What::Begins;
            prop_assert!(begins != runs, "{place} {what:?} at {time:?}");
            runs = begins;
        }
        prop_assert!(!runs, "{place} has no end");
    }
    Ok(())
}

/// Unless one before it, on which it relies, has panicked since, or just then.
fn who_has_returned_stays_away(
    plan: &Plan,
    entries: &[Entry],
) -> Result<(), TestCaseError> {
    let (mut returned, mut fell) = (vec![None; MOST], vec![None; MOST]);
    for &(time, place, what) in entries {
        match what {
            What::Begins => {
                let is_called = fell[place] >= returned[place];
                prop_assert!(is_called, "{place} is back at {time:?}");
            }
            What::Returns => returned[place] = Some(time),
            What::Panics if plan.strategy == Strategy::RestForOne => {
                fell[place..].fill(Some(time));
            }
            What::Panics | What::IsEnded => {}
        }
    }
    Ok(())
}

/// Those behind a child that begins have been ended.
fn who_relies_on_another_begins_after_it(
    plan: &Plan,
    entries: &[Entry],
) -> Result<(), TestCaseError> {
    let mut runs = vec![false; plan.lives.len()];
    for &(time, place, what) in entries {
        runs[place] = what == What::Begins;
        let behind = runs[place..].iter().skip(1).any(|&runs| runs);
        prop_assert!(
            what != What::Begins || !behind,
            "{place} begins at {time:?}, and one behind it was there"
        );
    }
    Ok(())
}

/// It bears all that it has to bear, and nothing more.
fn it_gives_up_in_time(
    plan: &Plan,
    entries: &[Entry],
    outcome: &Outcome,
) -> Result<(), TestCaseError> {
    let mut panics: Vec<Duration> = entries
        .iter()
        .filter(|(_, _, what)| *what == What::Panics)
        .map(|(time, ..)| *time)
        .collect();
    let at_most = too_many(plan, &panics);
    if plan.strategy == Strategy::RestForOne {
        // Of those that panic in the same moment, who is behind another one
        // may not count.
        panics.dedup();
    }
    let at_least = too_many(plan, &panics);
    let last = entries.last().map(|(time, ..)| *time);
    if let Outcome::GaveUp(_) = outcome {
        prop_assert!(at_most.is_some() && at_most <= last, "too early");
        prop_assert!(at_least.is_none() || at_least >= last, "too late");
    } else {
        // It may have been ended in the moment in which it would give up.
        let at_end = Some(plan.end);
        prop_assert!(at_least.is_none() || at_least == at_end, "never");
    }
    Ok(())
}

/// The first moment with one panic more than is borne.
fn too_many(plan: &Plan, panics: &[Duration]) -> Option<Duration> {
    let Intensity { restarts, within } = plan.intensity;
    let windows = panics.windows(restarts + 1);
    let mut ends = windows.map(|some| (some[0], some[restarts]));
    ends.find(|(first, last)| *last - *first <= within)
        .map(|(_, last)| last)
}
