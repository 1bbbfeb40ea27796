use super::*;

/// A round with so many echoes a second.
pub fn round(number: usize, rate: f64) -> Round {
    Round {
        number: number as u32,
        rate,
        p50: 1e9 / rate,
        p99: 2e9 / rate,
        cost: Some(1e9 / rate),
        own: Some(0.25),
        load: Some(0.875),
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
