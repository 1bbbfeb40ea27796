//! What was measured of a server, and the best and the middle of it.

use std::collections::BTreeMap;

/// Clients have talked to a server for a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Round {
    /// In which round it was; all servers have their turn in each.
    pub number: u32,
    /// Echoes a second.
    pub rate: f64,
    /// The echo in the middle, in nanoseconds.
    pub p50: f64,
    /// The slowest echo but one in a hundred, in nanoseconds.
    pub p99: f64,
    /// So long the server's processor took for an echo, in nanoseconds, if the
    /// system tells.
    pub cost: Option<f64>,
    /// The program's own part of that, without what the system did for it.
    pub own: Option<f64>,
    /// How much of a processor the clients needed, if `load` tells.
    pub load: Option<f64>,
}

/// Many clients have come, and stay silent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opening {
    pub asked: u32,
    pub open: u32,
    /// Until all were there, or nobody waited any longer.
    pub seconds: f64,
    /// Bytes of the server's memory for each of them, if the system tells.
    pub memory: Option<f64>,
}

/// All that was measured of a server.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    pub name: &'static str,
    /// By the number of clients.
    pub rounds: BTreeMap<u32, Vec<Round>>,
    pub openings: Vec<Opening>,
    /// How often the system was called for an echo.
    pub calls: Option<f64>,
}

impl Figures {
    /// Nothing was measured yet.
    pub fn new(name: &'static str) -> Figures {
        Figures {
            name,
            rounds: BTreeMap::new(),
            openings: Vec::new(),
            calls: None,
        }
    }

    /// One figure of all rounds with so many clients.
    pub fn of_rounds(
        &self,
        clients: u32,
        figure: impl Fn(&Round) -> Option<f64>,
    ) -> Spread {
        let rounds = self.rounds.get(&clients).into_iter().flatten();
        Spread::new(rounds.filter_map(figure))
    }

    /// How many times as many echoes as another there were, in each round that
    /// both have. A machine is slow for both of them, or for none.
    pub fn beside(&self, other: &Figures, clients: u32) -> Spread {
        let rounds = self.rounds.get(&clients).into_iter().flatten();
        let others = || other.rounds.get(&clients).into_iter().flatten();
        Spread::new(rounds.filter_map(|one| {
            let other = others().find(|other| other.number == one.number)?;
            ratio(Some(one.rate), Some(other.rate))
        }))
    }

    /// One figure of all openings.
    pub fn of_openings(
        &self,
        figure: impl Fn(&Opening) -> Option<f64>,
    ) -> Spread {
        Spread::new(self.openings.iter().filter_map(figure))
    }

    /// How many clients were let in, at worst, if that is not all of them.
    pub fn turned_away(&self) -> Option<u32> {
        let short = self.openings.iter().filter(|one| one.open < one.asked);
        short.map(|one| one.open).min()
    }
}

/// What a figure was, in all rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread(Vec<f64>);

impl Spread {
    fn new(figures: impl Iterator<Item = f64>) -> Spread {
        let mut figures: Vec<_> = figures.collect();
        figures.sort_unstable_by(f64::total_cmp);
        Spread(figures)
    }

    pub fn least(&self) -> Option<f64> {
        self.0.first().copied()
    }

    pub fn most(&self) -> Option<f64> {
        self.0.last().copied()
    }

    /// The middle one; of an even number, the mean of the two in the middle.
    pub fn median(&self) -> Option<f64> {
        let upper = *self.0.get(self.0.len() / 2)?;
        let lower = self.0[(self.0.len() - 1) / 2];
        Some((lower + upper) / 2.0)
    }
}

/// So many times the other, if both are there.
pub fn ratio(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    Some(one? / other.filter(|other| *other > 0.0)?)
}

#[cfg(test)]
pub mod tests;
