//! What is counted while the load runs.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use hdrhistogram::Histogram;

use crate::{args::MOST_DURATION, fault::Fault};

/// The longest time that is told from longer ones: more than the longest load
/// and the two waits behind it.
const LONGEST: Duration = MOST_DURATION.saturating_mul(4);

/// Times are kept to so many digits, so to a thousandth of their length.
const DIGITS: u8 = 3;

/// The echoes, how long they took, and what went wrong.
pub struct Tally {
    /// In nanoseconds.
    pub times: Histogram<u64>,
    begun: Instant,
    /// When the last echo came.
    last: Instant,
    /// Messages that came back as they were sent.
    pub echoes: u64,
    /// Those of them that came back until nothing more was sent.
    pub in_time: Option<u64>,
    /// How long the load has used a processor for those.
    pub computed: Option<Duration>,
    /// Those that came back before anything counted.
    pub warm_up: u64,
    /// Messages that are still waited for.
    pub pending: u64,
    /// Messages that nobody waits for any more, and never came back whole.
    pub unanswered: u64,
    /// Clients that got a wrong byte. It was their last.
    pub wrong: u64,
    /// Clients whose connection did not come about, or ended too early.
    pub lost: u64,
    /// What has happened to the first of those.
    first: Option<String>,
}

impl Tally {
    /// Nothing has happened yet.
    ///
    /// # Errors
    ///
    /// Never, with the limits above.
    pub fn new() -> Result<Tally> {
        let longest = LONGEST.as_nanos() as u64;
        let now = Instant::now();
        Ok(Tally {
            times: Histogram::new_with_max(longest, DIGITS)?,
            begun: now,
            last: now,
            echoes: 0,
            in_time: None,
            computed: None,
            warm_up: 0,
            pending: 0,
            unanswered: 0,
            wrong: 0,
            lost: 0,
            first: None,
        })
    }

    /// From now on echoes count; those that came before do not.
    pub fn begin(&mut self, now: Instant) {
        (self.begun, self.last) = (now, now);
        self.times.reset();
        self.warm_up += std::mem::take(&mut self.echoes);
        self.unanswered = 0;
    }

    /// From now on nothing more is sent. What still comes is late, and must not
    /// make the rate of all others look lower. All others have cost the load so
    /// much of a processor.
    pub fn close(&mut self, computed: Duration) {
        self.in_time = Some(self.echoes);
        self.computed = Some(computed);
    }

    /// A message has come back that was waited for since `asked`.
    pub fn echo(&mut self, asked: Instant, now: Instant) {
        self.pending -= 1;
        self.echoes += 1;
        self.last = now;
        self.waited(asked, now, 1);
    }

    /// So many messages will not come back. The time that they were waited for
    /// counts like that of the others: they took at least as long.
    pub fn give_up(&mut self, asked: Instant, now: Instant, count: u64) {
        self.unanswered += count;
        self.waited(asked, now, count);
    }

    fn waited(&mut self, asked: Instant, now: Instant, count: u64) {
        let time = now.saturating_duration_since(asked).as_nanos() as u64;
        self.times.saturating_record_n(time, count);
    }

    /// A client is given up.
    pub fn fault(&mut self, fault: Fault) {
        let what = match fault {
            Fault::Wrong(what) => {
                self.wrong += 1;
                what
            }
            Fault::Lost(error) => {
                self.lost += 1;
                error.to_string()
            }
        };
        self.first.get_or_insert(what);
    }

    /// How long it took to the last echo, and to the last message.
    pub fn took(&self, sending: Duration) -> Duration {
        sending.max(self.last - self.begun)
    }

    /// How it ends.
    ///
    /// # Errors
    ///
    /// When a client got a wrong byte, or was lost.
    pub fn verdict(&self) -> Result<()> {
        let (wrong, lost) = (self.wrong, self.lost);
        match &self.first {
            None => Ok(()),
            Some(first) if wrong == 0 => {
                bail!("{lost} clients were lost; of the first: {first}")
            }
            Some(first) => bail!(
                "{wrong} clients got wrong bytes, {lost} were lost; \
                 the first: {first}"
            ),
        }
    }
}
