//! Tables for a page, made from figures.

use std::fmt::Write;

use crate::{
    figures::{Figures, Opening, Round, ratio},
    svg::with_commas,
};

/// What is written where there is no figure.
const NONE: &str = "–";

/// A column: what stands above it, and what in the row of a server. The
/// second of the two is what it is compared with.
pub struct Column {
    head: String,
    cell: Box<Cell>,
}

type Cell = dyn Fn(&Figures, &Figures) -> String;

impl Column {
    fn new(
        head: impl Into<String>,
        cell: impl Fn(&Figures, &Figures) -> String + 'static,
    ) -> Column {
        Column {
            head: head.into(),
            cell: Box::new(cell),
        }
    }
}

/// A table with a row for each server. All are compared with the first.
pub fn table(title: &str, columns: &[Column], all: &[Figures]) -> String {
    let heads = columns.iter().map(|column| format!(" {} |", column.head));
    let mut text = format!("| {title} |{}\n|:--|", heads.collect::<String>());
    text += &"--:|".repeat(columns.len());
    for figures in all {
        let cells = columns
            .iter()
            .map(|column| format!(" {} |", (column.cell)(figures, &all[0])));
        let cells: String = cells.collect();
        // Nothing is wrong with what a string takes in.
        let _ = write!(text, "\n| {} |{cells}", figures.name);
    }
    text + "\n"
}

/// All of what so many clients had of the servers.
pub fn talk_columns(clients: u32, first: &'static str) -> Vec<Column> {
    let mut columns: Vec<_> = short_talk_columns(clients).into();
    columns[0].head = "echoes a second".to_owned();
    columns[1].head = format!("of {first}");
    let round = Column::new("in a round", move |one, first| {
        part(one.beside(first, clients).median())
    });
    columns.insert(2, round);
    columns.push(cost_column("processor", clients));
    columns.push(Column::new("its own", move |one, _| {
        percent(one.of_rounds(clients, |round| round.own).median())
    }));
    columns.push(Column::new("load's", move |one, _| {
        percent(one.of_rounds(clients, |round| round.load).median())
    }));
    columns
}

/// The best rate that so many clients had of the servers, and the usual p99.
pub fn short_talk_columns(clients: u32) -> [Column; 3] {
    let rates = move |one: &Figures| one.of_rounds(clients, rate);
    let times = move |one: &Figures| one.of_rounds(clients, p99);
    let by = with_commas(f64::from(clients));
    [
        Column::new(format!("{by} clients: echoes a second"), move |one, _| {
            whole(rates(one).most())
        }),
        Column::new("of the first", move |one, first| {
            part(ratio(rates(one).most(), rates(first).most()))
        }),
        Column::new("p99", move |one, _| time(times(one).median())),
    ]
}

/// How long the echo in the middle takes.
pub fn middle_column(clients: u32) -> Column {
    Column::new("p50", move |one, _| {
        time(one.of_rounds(clients, |round| Some(round.p50)).median())
    })
}

/// How many came, and how fast.
pub fn time_columns(clients: u32) -> [Column; 2] {
    let seconds = |one: &Figures| one.of_openings(|one| Some(one.seconds));
    let by = with_commas(f64::from(clients));
    [
        Column::new(format!("{by} clients are there after"), move |one, _| {
            match one.turned_away() {
                Some(open) => format!("only {}", with_commas(open.into())),
                None => time(seconds(one).least().map(|one| one * 1e9)),
            }
        }),
        Column::new("median", move |one, _| {
            time(seconds(one).median().map(|one| one * 1e9))
        }),
    ]
}

/// What each of them takes.
pub fn memory_column() -> Column {
    Column::new("memory of a silent client", |one, _| {
        size(one.of_openings(memory).median())
    })
}

/// How often the system is called.
pub fn calls_column() -> Column {
    Column::new("calls of the system for an echo", |one, _| part(one.calls))
}

pub fn cost_column(head: &str, clients: u32) -> Column {
    Column::new(head, move |one, _| {
        let costs = one.of_rounds(clients, |round| round.cost);
        time(costs.least())
    })
}

pub fn rate(round: &Round) -> Option<f64> {
    Some(round.rate)
}

fn p99(round: &Round) -> Option<f64> {
    Some(round.p99)
}

pub fn memory(opening: &Opening) -> Option<f64> {
    opening.memory
}

/// A whole number.
pub fn whole(figure: Option<f64>) -> String {
    figure.map_or(NONE.to_owned(), with_commas)
}

fn part(figure: Option<f64>) -> String {
    figure.map_or(NONE.to_owned(), |part| format!("{part:.2}"))
}

fn percent(part: Option<f64>) -> String {
    part.map_or(NONE.to_owned(), |part| {
        format!("{:.0}\u{a0}%", part * 100.0)
    })
}

/// Bytes, in KiB.
pub fn size(figure: Option<f64>) -> String {
    match figure.map(|bytes| bytes / 1024.0) {
        Some(kib @ 1.0..) => format!("{kib:.1}\u{a0}KiB"),
        Some(kib) => format!("{kib:.2}\u{a0}KiB"),
        None => NONE.to_owned(),
    }
}

/// Nanoseconds, in whatever unit is readable.
pub fn time(figure: Option<f64>) -> String {
    let Some(nanoseconds) = figure else {
        return NONE.to_owned();
    };
    // What is rounded up to the next unit is written in that.
    match nanoseconds {
        999.5e6.. => format!("{:.2}\u{a0}s", nanoseconds / 1e9),
        99.95e6.. => format!("{:.0}\u{a0}ms", nanoseconds / 1e6),
        999.5e3.. => format!("{:.1}\u{a0}ms", nanoseconds / 1e6),
        99.95e3.. => format!("{:.0}\u{a0}µs", nanoseconds / 1e3),
        _ => format!("{:.1}\u{a0}µs", nanoseconds / 1e3),
    }
}

#[cfg(test)]
mod tests;
