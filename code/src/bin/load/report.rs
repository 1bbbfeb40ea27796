//! What is printed at the end, for people or for programs.

use std::{
    fmt,
    io::{self, Write},
    time::Duration,
};

use anyhow::Result;
use serde::Serialize;

use crate::{args::Args, tally::Tally};

/// The points of the curve, as percentiles.
const CURVE: [f64; 13] = [
    0.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99,
    100.0,
];

/// What came of it.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Report {
    Load(Load),
    Idle(Idle),
    Storm(Storm),
}

/// Messages went to and fro for a while.
#[derive(Debug, Serialize)]
pub struct Load {
    connections: u32,
    size: u32,
    pipeline: u32,
    rate: Option<u32>,
    /// As long as messages were sent, and on to the last echo.
    seconds: f64,
    echoes: u64,
    /// Echoes that came before, while everything warmed up.
    warm_up: u64,
    per_second: f64,
    /// So many seconds of those the load itself has used a processor. With a
    /// schedule it watches the clock as long as there is nothing to do, so
    /// that would tell nothing.
    computed: Option<f64>,
    nanoseconds: Times,
    curve: Vec<(f64, u64)>,
    wrong: u64,
    lost: u64,
    unanswered: u64,
}

/// How long an echo took, in nanoseconds.
#[derive(Debug, Serialize)]
struct Times {
    p50: u64,
    p90: u64,
    p99: u64,
    p99_9: u64,
    max: u64,
}

/// Connections were opened.
#[derive(Debug, Serialize)]
pub struct Idle {
    pub asked: u32,
    pub open: u32,
    pub seconds: f64,
    pub lost: u64,
}

/// Clients came and went.
#[derive(Debug, Serialize)]
pub struct Storm {
    pub asked: u32,
    pub served: u64,
    pub seconds: f64,
    pub lost: u64,
}

impl Load {
    /// What was counted, while messages were sent for so long.
    pub fn new(args: &Args, tally: &Tally, took: Duration) -> Load {
        // Without a schedule, all that was asked counts for as long as it was.
        let (echoes, took) = match tally.in_time {
            Some(in_time) => (in_time, took),
            None => (tally.echoes, tally.took(took)),
        };
        let seconds = took.as_secs_f64();
        let at = |percentile| tally.times.value_at_percentile(percentile);
        Load {
            connections: args.connections.get(),
            size: args.size.get(),
            pipeline: args.pipeline.get(),
            rate: args.rate.map(|rate| rate.get()),
            seconds,
            echoes: tally.echoes,
            warm_up: tally.warm_up,
            per_second: echoes as f64 / seconds,
            computed: tally.computed.map(|time| time.as_secs_f64()),
            nanoseconds: Times {
                p50: at(50.0),
                p90: at(90.0),
                p99: at(99.0),
                p99_9: at(99.9),
                max: tally.times.max(),
            },
            curve: CURVE.map(|p| (p, at(p))).to_vec(),
            wrong: tally.wrong,
            lost: tally.lost,
            unanswered: tally.unanswered,
        }
    }
}

impl Report {
    /// Prints it to stdout, as one line of JSON or as a table.
    ///
    /// # Errors
    ///
    /// When nobody takes it.
    pub fn print(&self, json: bool) -> Result<()> {
        let text = match json {
            true => serde_json::to_string(self)? + "\n",
            false => self.to_string(),
        };
        let mut stdout = io::stdout();
        stdout.write_all(text.as_bytes())?;
        Ok(stdout.flush()?)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Report::Load(load) => load.fmt(f),
            Report::Idle(Idle {
                asked,
                open,
                seconds,
                ..
            }) => {
                writeln!(f, "{open} of {asked} are open after {seconds:.3} s")
            }
            Report::Storm(Storm {
                asked,
                served,
                seconds,
                ..
            }) => {
                writeln!(f, "{served} of {asked} were served in {seconds:.3} s")
            }
        }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<15}{:>12.0}", "echoes a second", self.per_second)?;
        self.nanoseconds.fmt(f)?;
        for (name, count) in [
            ("wrong clients", self.wrong),
            ("lost clients", self.lost),
            ("unanswered", self.unanswered),
        ] {
            writeln!(f, "{name:<15}{count:>12}")?;
        }
        if let Some(computed) = self.computed {
            let percent = computed / self.seconds * 100.0;
            writeln!(f, "{:<15}{percent:>12.0} %", "its processor")?;
        }
        Ok(())
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, time) in [
            ("p50", self.p50),
            ("p90", self.p90),
            ("p99", self.p99),
            ("p99.9", self.p99_9),
            ("max", self.max),
        ] {
            let time = Duration::from_nanos(time).as_secs_f64() * 1e3;
            writeln!(f, "{name:<15}{time:>12.3} ms")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
