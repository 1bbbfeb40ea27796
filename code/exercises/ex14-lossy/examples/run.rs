//! To try it by hand: `cargo run -p ex14-lossy --example lossy`. Type a few
//! words, again and again.

use std::{
    io::{self, Write},
    process::ExitCode,
    thread,
    time::Duration,
};

use ex14_lossy::Log;
use testkit::by_hand::finish;

/// Somebody who reads slowly.
struct Slow;

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        thread::sleep(Duration::from_secs(3));
        io::stdout().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

fn main() -> ExitCode {
    finish(run())
}

fn run() -> io::Result<()> {
    println!("A line is written in three seconds, and two may wait.");
    let log = Log::start(Slow, 2);
    for line in io::stdin().lines() {
        log.say(&line?);
    }
    Ok(())
}
