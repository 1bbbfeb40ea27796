//! Reads the log of a server, and says how often it complains.
//!
//! `target/debug/server | target/debug/examples/complaints` shows the first
//! line of the log. A second after the first line that tells of an error, it
//! says how many such lines there were.

use std::{
    io::{self, BufRead},
    time::{Duration, Instant},
};

/// How long the errors are counted.
const WHILE: Duration = Duration::from_secs(1);

/// At most so many are few.
const FEW: usize = 10;

/// More than so many are many.
const MANY: usize = 1000;

fn main() -> io::Result<()> {
    let mut lines = io::stdin().lock().lines();
    if let Some(first) = lines.next() {
        println!("{}", first?);
    }
    let mut until = None;
    let mut count = 0;
    let mut said = false;
    // It reads to the end: a server must not find its log closed.
    for line in lines {
        if said || !line?.starts_with("Error") {
            continue;
        }
        if Instant::now() < *until.get_or_insert(Instant::now() + WHILE) {
            count += 1;
        } else {
            println!("Errors in a second: {}", in_words(count));
            said = true;
        }
    }
    Ok(())
}

fn in_words(count: usize) -> String {
    if count <= FEW {
        format!("{FEW} or fewer")
    } else if count > MANY {
        format!("more than {MANY}")
    } else {
        count.to_string()
    }
}
