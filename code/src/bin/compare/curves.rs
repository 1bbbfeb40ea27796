//! Percentiles of times as an SVG for a page. Both axes are logarithmic: the
//! rare is to be seen as well as the frequent.

use crate::svg::{FAINT, Point, head, line, polyline, text};

const LEFT: f64 = 62.0;
const RIGHT: f64 = 430.0;
const TOP: f64 = 32.0;
const BOTTOM: f64 = 252.0;
const HEIGHT: u32 = 302;

/// Each is a thousand of the one before, and the first is a nanosecond.
const UNITS: [&str; 4] = ["ns", "µs", "ms", "s"];

/// Percentiles that stand below the axis.
const PERCENTILES: [f64; 6] = [0.0, 90.0, 99.0, 99.9, 99.99, 100.0];

/// A name stands below its curve here.
const NAMED: f64 = 95.0;

/// As far to the right as all, after so many nines.
const NINES: f64 = 5.0;

/// The times of one measurement.
pub struct Curve {
    pub name: &'static str,
    /// How long its dashes are, and what is between them, if it has any.
    pub dashes: Option<&'static str>,
    /// Percentiles, and nanoseconds.
    pub points: Vec<(f64, u64)>,
}

/// The drawing. Equal curves give equal drawings.
pub fn draw(
    curves: &[Curve],
    id: &str,
    title: &str,
    description: &str,
) -> String {
    let scale = Scale::new(curves);
    let mut svg = head(id, title, description, HEIGHT) + &frame(&scale);
    let mut names = String::new();
    for curve in curves {
        let points = curve.points.iter().map(|point| scale.at(*point));
        svg += &polyline(&points.collect::<Vec<_>>(), curve.dashes);
        let mut points = curve.points.iter();
        if let Some(point) = points.find(|point| point.0 >= NAMED) {
            let (x, y) = scale.at(*point);
            let below = (y + 22.0).min(BOTTOM - 6.0);
            names += &text((x, below), "start", curve.name);
        }
    }
    svg + &names + "</svg>\n"
}

/// From one power of ten nanoseconds to another.
struct Scale {
    least: u32,
    most: u32,
}

impl Scale {
    fn new(curves: &[Curve]) -> Scale {
        let times = curves.iter().flat_map(|curve| &curve.points);
        let powers = times.map(|(_, time)| (*time as f64).max(1.0).log10());
        let powers: Vec<_> = powers.collect();
        let least = powers.iter().copied().fold(9.0, f64::min).floor();
        let most = powers.iter().copied().fold(least + 1.0, f64::max);
        Scale {
            least: least as u32,
            most: most.ceil() as u32,
        }
    }

    fn at(&self, (percentile, time): (f64, u64)) -> Point {
        let power = (time as f64).max(1.0).log10();
        (across(percentile), self.upwards(power))
    }

    fn upwards(&self, power: f64) -> f64 {
        let whole = f64::from(self.most - self.least);
        BOTTOM - (BOTTOM - TOP) * (power - f64::from(self.least)) / whole
    }
}

/// Each nine of a percentile takes as much room as the one before.
fn across(percentile: f64) -> f64 {
    let nines = -(1.0 - percentile / 100.0).log10();
    LEFT + (RIGHT - LEFT) * nines.clamp(0.0, NINES) / NINES
}

/// What a power of ten nanoseconds is called.
fn decade(power: u32) -> String {
    let unit = UNITS.len().min(power as usize / 3 + 1) - 1;
    let number = 10_u64.pow(power - 3 * unit as u32);
    format!("{number} {}", UNITS[unit])
}

/// The axes, with what stands at them.
fn frame(scale: &Scale) -> String {
    let mut svg = String::new();
    for power in scale.least..=scale.most {
        let y = scale.upwards(f64::from(power));
        let look = if power > scale.least { FAINT } else { "" };
        svg += &line((LEFT, y), (RIGHT, y), look);
        svg += &text((LEFT - 8.0, y + 5.0), "end", &decade(power));
    }
    for percentile in PERCENTILES {
        let x = across(percentile);
        svg += &line((x, BOTTOM), (x, BOTTOM + 5.0), "");
        let name = format!("{percentile}");
        svg += &text((x, BOTTOM + 20.0), "middle", &name);
    }
    svg += &text((0.0, 16.0), "start", "an echo takes");
    svg + &text((RIGHT, BOTTOM + 42.0), "end", "percent of all echoes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(slowest: u64) -> String {
        drawn_from(10_000, slowest)
    }

    fn drawn_from(fastest: u64, slowest: u64) -> String {
        let curves = [Curve {
            name: "closed",
            dashes: None,
            points: vec![(0.0, fastest), (99.0, 1_000_000), (100.0, slowest)],
        }];
        draw(&curves, "some", "A curve", "It goes up.")
    }

    #[test]
    fn equal_figures_give_equal_curves() {
        assert_eq!(drawn(900_000_000), drawn(900_000_000));
        assert_ne!(drawn(900_000_000), drawn(500_000_000));
    }

    #[test]
    fn each_power_of_ten_takes_the_same_room() {
        let svg = drawn(1_000_000_000);
        // From 10 µs at the bottom to 1 s at the top; 99 is 2 of 5 nines.
        let wanted = "points=\"62.0,252.0 209.2,164.0 430.0,32.0\"";
        assert!(svg.contains(wanted), "{svg}");
        for name in ["10 µs", "1 ms", "1 s", "99.99", "closed"] {
            assert!(svg.contains(&format!(">{name}</text>")), "{name}");
        }
        assert!(!svg.contains(">1 µs</text>"), "{svg}");
    }

    #[test]
    fn the_axis_goes_as_far_as_the_figures() {
        let svg = drawn_from(20, 40_000_000_000);
        for name in ["10 ns", "100 ns", "1 s", "10 s", "100 s"] {
            assert!(svg.contains(&format!(">{name}</text>")), "{name}");
        }
        for name in ["1 ns", "1000 s"] {
            assert!(!svg.contains(&format!(">{name}</text>")), "{name}");
        }
        // The ends of the axis are the ends of the picture.
        for y in ["y=\"37.0\"", "y=\"257.0\""] {
            assert!(svg.contains(y), "{svg}");
        }
    }

    #[test]
    fn curves_have_no_colours_of_their_own() {
        assert!(!drawn(1_000_000).contains('#'));
    }
}
