//! What `upgradable` cannot become: it insists on something that the first
//! version did not remember.

use echo::upgrade::{Version, program};
use serde::{Deserialize, Serialize};

// ANCHOR: strict
/// It wants to know the client's name, and there is no default.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Strict {
    lines: u64,
    name: String,
}
// ANCHOR_END: strict

impl Version for Strict {
    fn answer(&mut self, line: &[u8]) -> Vec<u8> {
        self.lines += 1;
        line.to_vec()
    }

    fn farewell(&self) -> String {
        format!("after {} lines by {}", self.lines, self.name)
    }
}

fn main() {
    program::<Strict>()
}
