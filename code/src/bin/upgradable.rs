//! A server whose code can be changed while clients are connected:
//! `cargo run --bin upgradable -- --pid-file target/pid`.
//!
//! It echoes lines. On SIGUSR2 it becomes whatever program its file then is.

use echo::upgrade::{Version, program};
use serde::{Deserialize, Serialize};

// ANCHOR: echo
/// The first version: it sends back what it gets, and counts.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Echo {
    lines: u64,
}

impl Version for Echo {
    fn answer(&mut self, line: &[u8]) -> Vec<u8> {
        self.lines += 1;
        line.to_vec()
    }

    fn farewell(&self) -> String {
        format!("after {} lines", self.lines)
    }
}
// ANCHOR_END: echo

fn main() {
    program::<Echo>()
}
