//! When messages should be sent: at a fixed pace that no server can slow down.
//!
//! A load that waits for an answer before it sends the next message goes easy
//! on a server that stands still: nobody asks while it does. With a schedule
//! the messages become due all the same, and each waits from that time on.

use std::time::{Duration, Instant};

/// So many nanoseconds are a second.
const SECOND: u64 = 1_000_000_000;

/// A wait counts whole milliseconds. So the last one is not slept.
const WAKE_EARLY: Duration = Duration::from_millis(1);

/// Messages at even distances.
#[derive(Debug)]
pub struct Schedule {
    start: Instant,
    /// Messages a second.
    rate: u64,
    /// The number of the next message.
    next: u64,
    /// So many messages there are in all.
    count: u64,
}

impl Schedule {
    /// The messages that become due from `start` on, and before `duration` is
    /// over. The first is due at once.
    ///
    /// A rate of at most 10,000,000 and a duration of at most 10 minutes keep
    /// all numbers in here below their limits.
    pub fn new(start: Instant, rate: u32, duration: Duration) -> Schedule {
        let rate = u64::from(rate);
        let nanoseconds = duration.as_nanos() as u64;
        let count = rate * (nanoseconds / SECOND)
            + (rate * (nanoseconds % SECOND)).div_ceil(SECOND);
        Schedule {
            start,
            rate,
            next: 0,
            count,
        }
    }

    /// When the next message should be sent; never, if all have been.
    pub fn next(&self) -> Option<Instant> {
        (self.next < self.count).then(|| self.time_of(self.next))
    }

    /// The next message is being sent.
    pub fn advance(&mut self) {
        self.next += 1;
    }

    /// How long one may sleep at `now`: not at all when a message is due in a
    /// moment, and at most as long as `most`.
    pub fn pause(&self, now: Instant, most: Duration) -> Duration {
        let Some(next) = self.next() else { return most };
        let ahead = next.saturating_duration_since(now);
        let asleep = ahead.saturating_sub(WAKE_EARLY).min(most);
        Duration::from_millis(asleep.as_millis() as u64)
    }

    /// The messages that should have been sent by `now` and were not, in at
    /// most 1,000 groups: since when a group was due, and how many it has.
    pub fn left(&self, now: Instant) -> impl Iterator<Item = (Instant, u64)> {
        let step = (self.count - self.next).div_ceil(1000).max(1);
        let firsts = (self.next..self.count).step_by(step as usize);
        firsts
            .map(move |first| (self.time_of(first), self.count - first))
            .take_while(move |(due, _)| *due <= now)
            .map(move |(due, left)| (due, left.min(step)))
    }

    // ANCHOR: time_of
    fn time_of(&self, message: u64) -> Instant {
        let nanoseconds = message * SECOND / self.rate;
        self.start + Duration::from_nanos(nanoseconds)
    }
    // ANCHOR_END: time_of
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(rate: u32, duration: Duration) -> Vec<Duration> {
        let start = Instant::now();
        let mut schedule = Schedule::new(start, rate, duration);
        let mut times = Vec::new();
        while let Some(time) = schedule.next() {
            times.push(time - start);
            schedule.advance();
        }
        times
    }

    #[test]
    fn messages_are_due_at_even_distances() {
        let ms = Duration::from_millis;
        assert_eq!(all(4, ms(1000)), [ms(0), ms(250), ms(500), ms(750)]);
        assert_eq!(all(4, ms(1001)).last(), Some(&ms(1000)));
        assert_eq!(all(1, ms(1)), [ms(0)]);
        assert_eq!(all(3, ms(60_000)).len(), 180);
        assert_eq!(all(3, ms(1000))[2], Duration::from_nanos(666_666_666));
    }

    #[test]
    fn the_most_that_may_be_asked_for_is_counted_right() {
        use crate::args::{MOST_DURATION, MOST_RATE};

        let start = Instant::now();
        let mut all = Schedule::new(start, MOST_RATE, MOST_DURATION);
        assert_eq!(all.count, 6_000_000_000);
        all.next = all.count - 1;
        let last = MOST_DURATION - Duration::from_nanos(100);
        assert_eq!(all.next(), Some(start + last));
    }

    #[test]
    fn who_is_due_in_a_moment_is_not_slept_away() {
        let (now, ms) = (Instant::now(), Duration::from_millis);
        let mut schedule = Schedule::new(now, 100, ms(20));
        assert_eq!(schedule.pause(now, ms(50)), ms(0), "it is due");
        schedule.advance();
        for (at, pause) in [(0, 9), (8, 1), (9, 0), (10, 0), (99, 0)] {
            assert_eq!(schedule.pause(now + ms(at), ms(50)), ms(pause));
        }
        assert_eq!(schedule.pause(now, ms(5)), ms(5));
        let later = now + Duration::from_micros(7_500);
        assert_eq!(schedule.pause(later, ms(50)), ms(1), "not 2.5 ms");
        schedule.advance();
        assert_eq!(schedule.pause(now, ms(50)), ms(50), "nothing is due");
    }

    #[test]
    fn what_is_left_is_told_in_groups() {
        let now = Instant::now();
        let schedule = Schedule::new(now, 2, Duration::from_secs(2));
        let half = Duration::from_millis(500);
        let left: Vec<_> = schedule.left(now + half * 5).collect();
        assert_eq!(left, [0, 1, 2, 3].map(|n| (now + half * n, 1)));
        assert_eq!(schedule.left(now + half).count(), 2, "the rest is not due");

        let many = Schedule::new(now, 10_007, Duration::from_secs(2));
        let sizes: Vec<_> =
            many.left(now + half * 4).map(|(_, count)| count).collect();
        assert!(sizes.len() <= 1000, "{}", sizes.len());
        assert_eq!(sizes.iter().sum::<u64>(), 20_014);
    }
}
