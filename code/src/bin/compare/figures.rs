//! What was measured of a server, and the best and the middle of it.

use std::collections::BTreeMap;

/// Clients have talked to a server for a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Round {
    /// In which round it was; all servers have their turn in each.
    pub number: u32,
    /// Echoes a second.
    pub rate: f64,
    /// The slowest echo but one in a hundred, in nanoseconds.
    pub p99: f64,
    /// So long the server's processor took for an echo, in nanoseconds, if the
    /// system tells.
    pub cost: Option<f64>,
    /// The program's own part of that, without what the system did for it.
    pub own: Option<f64>,
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
pub mod tests {
    use super::*;

    /// A round with so many echoes a second.
    pub fn round(number: usize, rate: f64) -> Round {
        Round {
            number: number as u32,
            rate,
            p99: 2e9 / rate,
            cost: Some(1e9 / rate),
            own: Some(0.25),
        }
    }

    pub fn opening(open: u32, seconds: f64) -> Opening {
        Opening {
            asked: 10_000,
            open,
            seconds,
            memory: Some(2048.0 * seconds),
        }
    }

    /// Figures of a server, by the rates that 50 clients had of it.
    pub fn figures(name: &'static str, rates: &[f64]) -> Figures {
        let rounds = |share: f64| {
            let rates = rates.iter().enumerate();
            rates.map(|(at, rate)| round(at, rate / share)).collect()
        };
        Figures {
            rounds: [(50, rounds(1.0)), (1000, rounds(2.0))].into(),
            openings: vec![opening(10_000, 0.5), opening(10_000, 0.25)],
            ..Figures::new(name)
        }
    }

    #[test]
    fn the_best_and_the_middle_do_not_depend_on_the_order() {
        let spread = Spread::new([3.0, 1.0, 4.0, 8.0].into_iter());
        assert_eq!((spread.least(), spread.most()), (Some(1.0), Some(8.0)));
        assert_eq!(spread.median(), Some(3.5));
        let odd = Spread::new([9.0, 1.0, 2.0].into_iter());
        assert_eq!(odd.median(), Some(2.0));
    }

    #[test]
    fn nothing_measured_is_no_figure() {
        let none = figures("Go", &[]).of_rounds(50, |round| round.cost);
        assert_eq!(
            (none.least(), none.most(), none.median()),
            Default::default()
        );
    }

    #[test]
    fn servers_are_compared_within_a_round() {
        let first = figures("C", &[100.0, 50.0, 80.0]);
        let mut other = figures("Go", &[50.0, 50.0, 20.0]);
        assert_eq!(other.beside(&first, 50).median(), Some(0.5));
        // A round that one of them lacks does not count.
        other.rounds.get_mut(&50).unwrap().remove(0);
        assert_eq!(other.beside(&first, 50).median(), Some(0.625));
    }

    #[test]
    fn a_ratio_needs_both_and_no_zero() {
        assert_eq!(ratio(Some(3.0), Some(4.0)), Some(0.75));
        assert_eq!(ratio(Some(3.0), None), None);
        assert_eq!(ratio(None, Some(4.0)), None);
        assert_eq!(ratio(Some(3.0), Some(0.0)), None);
    }

    #[test]
    fn clients_that_were_turned_away_are_counted() {
        let mut go = figures("Go", &[1.0]);
        assert_eq!(go.turned_away(), None);
        go.openings.push(opening(9_990, 60.0));
        assert_eq!(go.turned_away(), Some(9_990));
    }
}
