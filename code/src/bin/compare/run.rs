//! Measures everything, and writes the results.

use std::{path::PathBuf, time::Duration};

use anyhow::{Result, bail};
use clap::Parser;
use echo::{cli::parse_time, limits::Count};
use tokio::signal::ctrl_c;

use crate::{
    bench::Bench,
    choice,
    lists::{SERVERS, STEPS},
    results::{
        Results, memory_bars, open_table, rate_bars, step_table, talk_table,
    },
    stall,
};

/// The most clients: each has a port of its own, and there are not many more.
const MOST_CLIENTS: u32 = 20_000;

/// A round is short, so that all servers have their turn before the machine is
/// slower or faster.
const LONGEST: Duration = Duration::from_secs(10);

/// Measures the echo servers of the book beside those of other languages
#[derive(Debug, Clone, Parser)]
pub struct Args {
    /// How many rounds are counted, of each server
    #[arg(long, default_value = "8")]
    pub rounds: Count<1000>,
    /// How many clients talk at once, one number or more
    #[arg(long, value_delimiter = ',', default_value = "50,1000",
          value_parser = clap::value_parser!(u32)
              .range(1..=i64::from(MOST_CLIENTS)))]
    pub clients: Vec<u32>,
    /// How many clients come and stay silent
    #[arg(long, default_value = "10000")]
    pub idle: Count<MOST_CLIENTS>,
    /// How long a round is, for each server and each number of clients
    #[arg(long, default_value = "400ms",
          value_parser = parse_round)]
    pub time: Duration,
    /// Measure only this table, server or setting, and write tables with
    /// nothing else; may be repeated
    #[arg(long, value_name = "NAME", value_parser = choice::parse_name)]
    pub only: Vec<String>,
    /// Take the book's programs as they are, and do not build them
    #[arg(long)]
    pub built: bool,
    /// Where tables and drawings are written
    #[arg(long, value_name = "FOLDER",
          default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/results"))]
    pub results: PathBuf,
}

/// Reads how long a round is.
fn parse_round(text: &str) -> Result<Duration, String> {
    parse_time(text, LONGEST, "400ms")
}

/// Measures, and writes tables and drawings.
///
/// # Errors
///
/// When something cannot be built or written. A server that fails is left out,
/// and the table says so.
pub async fn run(args: Args) -> Result<()> {
    // Stopped by Ctrl-C in the middle, it lets go of all servers and folders.
    tokio::select! {
        biased;
        stopped = ctrl_c() => {
            stopped?;
            bail!("stopped")
        }
        measured = measure(args) => measured,
    }
}

async fn measure(args: Args) -> Result<()> {
    let results = Results::new(&args.results)?;
    let mut bench = Bench::prepare(&args).await?;
    servers(&mut bench, &results).await?;
    steps(&mut bench, &results).await?;
    if let Some(subject) = bench.choice.stalled() {
        let stall = bench.stall(&subject).await?;
        results.write("stall.md", &stall::table(&stall, &bench.setting))?;
        results.write("stall.svg", &stall::drawing(&stall))?;
    }
    bench.progress.end();
    Ok(())
}

async fn servers(bench: &mut Bench, results: &Results) -> Result<()> {
    let all = bench.measure(&SERVERS).await;
    if all.is_empty() {
        return Ok(());
    }
    let setting = &bench.setting;
    results.write("compare.md", &talk_table(&all, setting))?;
    results.write("open.md", &open_table(&all, setting))?;
    results.write("compare.svg", &rate_bars(&all, setting))?;
    results.write("memory.svg", &memory_bars(&all))
}

async fn steps(bench: &mut Bench, results: &Results) -> Result<()> {
    for list in STEPS {
        let figures = bench.measure(list).await;
        if !figures.is_empty() {
            let table = step_table(list, &figures, &bench.setting);
            results.write(&format!("{}.md", list.file), &table)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(words: [&str; 4]) -> String {
        let words = ["compare"].into_iter().chain(words);
        Args::try_parse_from(words).unwrap_err().to_string()
    }

    #[test]
    fn a_name_that_nothing_has_is_an_error_that_tells_the_names() {
        let text = error_of(["--only", "server", "--only", "serve"]);
        let first = text.lines().next().unwrap();
        assert!(first.contains("'serve'"), "{first}");
        for name in ["; server; ", "; readable and try_read; ", "; stall"] {
            assert!(first.contains(name), "{first}");
        }
        assert_eq!(first.matches("; tuned; ").count(), 1, "{first}");
        let names = ["compare", "--only", "SERVER", "--only", "stall"];
        assert!(Args::try_parse_from(names).is_ok());
    }

    #[test]
    fn a_round_takes_some_time_and_not_too_much() {
        for time in ["0ms", "10001ms", "soon"] {
            let text = error_of(["--rounds", "1", "--time", time]);
            assert!(text.contains("from 1ms to 10s"), "{text}");
        }
        assert_eq!(parse_round("1ms"), Ok(Duration::from_millis(1)));
        assert_eq!(parse_round("10s"), Ok(LONGEST));
    }
}
