//! Curves as an SVG for a page.

use crate::svg::{FAINT, Point, head, line, polyline, text, with_commas};

const LEFT: f64 = 46.0;
const RIGHT: f64 = 398.0;
const TOP: f64 = 32.0;
const BOTTOM: f64 = 212.0;

/// How high the whole drawing is.
const HEIGHT: u32 = 262;

/// Two names with less between their baselines would touch.
pub const APART: f64 = 18.0;

/// One of the curves. Its name stands at its end.
pub struct Curve {
    pub name: String,
    /// What is said of a curve that ends before the others.
    pub early_end: Option<&'static str>,
    /// How long its dashes are, and what is between them, if it has any.
    pub dashes: Option<&'static str>,
    /// In both directions from zero upwards.
    pub points: Vec<(f64, f64)>,
}

/// What is said around the curves.
pub struct Words {
    /// Differs from that of all other drawings of a page.
    pub id: &'static str,
    pub title: &'static str,
    pub description: String,
    pub across: &'static str,
    pub upwards: &'static str,
}

/// The drawing. Equal curves give equal drawings.
pub fn plot(curves: &[Curve], words: &Words) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let across = Axis::new(points().map(|point| point.0), LEFT, RIGHT);
    let upwards = Axis::new(points().map(|point| point.1), BOTTOM, TOP);
    let mut svg = head(words.id, words.title, &words.description, HEIGHT);
    svg += &frame(&across, &upwards);
    svg += &text((0.0, 16.0), "start", words.upwards);
    svg += &text((RIGHT, 252.0), "end", words.across);
    let mut ends = Vec::new();
    for curve in curves {
        let points = curve.points.iter();
        let points = points.map(|(x, y)| (across.at(*x), upwards.at(*y)));
        let points: Vec<_> = points.collect();
        svg += &polyline(&points, curve.dashes);
        ends.extend(points.last().map(|end| (curve, *end)));
    }
    svg + &names(ends) + "</svg>\n"
}

/// The axes, with their numbers.
fn frame(across: &Axis, upwards: &Axis) -> String {
    let mut svg = String::new();
    for number in across.numbers() {
        let x = across.at(number);
        svg += &line((x, BOTTOM), (x, BOTTOM + 5.0), "");
        svg += &text((x, BOTTOM + 19.0), "middle", &with_commas(number));
    }
    for number in upwards.numbers() {
        let y = upwards.at(number);
        let look = if number > 0.0 { FAINT } else { "" };
        svg += &line((LEFT, y), (RIGHT, y), look);
        svg += &text((LEFT - 8.0, y + 5.0), "end", &with_commas(number));
    }
    svg
}

/// The names of the curves, at their ends.
fn names(mut ends: Vec<(&Curve, Point)>) -> String {
    ends.sort_by(|(_, one), (_, other)| one.1.total_cmp(&other.1));
    let (early, full): (Vec<_>, Vec<_>) = ends
        .into_iter()
        .partition(|(curve, _)| curve.early_end.is_some());
    let early = early.into_iter().map(|(curve, end)| early_name(curve, end));
    let mut svg: String = early.collect();
    let heights = apart(full.iter().map(|(_, (_, y))| *y).collect());
    for ((curve, (x, y)), height) in full.iter().zip(heights) {
        svg += &line((*x, *y), (x + 8.0, height), FAINT);
        svg += &text((x + 11.0, height + 5.0), "start", &curve.name);
    }
    svg
}

/// A bar where a curve ends before the others, and its name below.
fn early_name(curve: &Curve, (x, y): Point) -> String {
    let name = format!("{}: {}", curve.name, curve.early_end.unwrap_or(""));
    let anchor = if x < 0.5 * (LEFT + RIGHT) {
        "start"
    } else {
        "end"
    };
    let below = if y + 30.0 < BOTTOM { 24.0 } else { -14.0 };
    line((x, y - 7.0), (x, y + 7.0), r#" stroke-width="3""#)
        + &text((x, y + below), anchor, &name)
}

/// Heights from the top downwards, moved so far that no two names touch.
fn apart(mut heights: Vec<f64>) -> Vec<f64> {
    let mut free = f64::NEG_INFINITY;
    for height in &mut heights {
        *height = height.max(free);
        free = *height + APART;
    }
    let mut free = BOTTOM;
    for height in heights.iter_mut().rev() {
        *height = height.min(free);
        free = *height - APART;
    }
    heights
}

/// From zero up to a round number.
struct Axis {
    most: f64,
    step: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn new(numbers: impl Iterator<Item = f64>, from: f64, to: f64) -> Axis {
        let most = numbers.fold(1.0, f64::max);
        let power = 10f64.powf((most / 4.0).log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|one| one * power);
        let step = steps.into_iter().find(|step| step * 4.0 >= most);
        let step = step.unwrap_or(most);
        Axis {
            most: (most / step).ceil() * step,
            step,
            from,
            to,
        }
    }

    /// Where a number is in the drawing.
    fn at(&self, number: f64) -> f64 {
        self.from + (self.to - self.from) * number / self.most
    }

    /// The numbers that are written at it.
    fn numbers(&self) -> impl Iterator<Item = f64> + use<> {
        let (step, most) = (self.step, self.most);
        let numbers = (0..).map(move |count| f64::from(count) * step);
        numbers.take_while(move |number| *number <= most * 1.001)
    }
}

#[cfg(test)]
mod tests;
