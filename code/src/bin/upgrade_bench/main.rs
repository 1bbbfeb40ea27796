//! What clients notice of an upgrade:
//! `cargo run --release --bin upgrade_bench`.
//!
//! It starts `upgradable`, connects clients that ask and compare each answer,
//! and measures the longest time that any of them waits: in a while without
//! an upgrade, then in a while with one, several times in turn. Then it has
//! clients stop in the middle of a line, and measures how long it takes to hand
//! all of them over. It takes about two minutes, needs up to 5,000 open files
//! in each of two processes, and a gigabyte of memory. It prints the tables
//! that a page shows.

use anyhow::Result;

#[cfg(unix)]
mod halves;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod waits;

#[cfg(unix)]
#[tokio::main]
async fn main() -> Result<()> {
    waits::table().await?;
    println!();
    halves::table().await?;
    println!();
    println!(
        "Measured on {}, which the clients share with the server.",
        echo::cli::machine()?,
    );
    Ok(())
}

#[cfg(not(unix))]
fn main() -> Result<()> {
    anyhow::bail!("Windows cannot replace the program of a process")
}

/// The middle of what was measured, in milliseconds.
#[cfg(unix)]
fn median(mut times: Vec<std::time::Duration>) -> String {
    times.sort_unstable();
    format!("{:.1} ms", times[times.len() / 2].as_secs_f64() * 1e3)
}
