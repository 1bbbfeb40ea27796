//! What `upgradable` may become: it answers in capitals, and remembers more.

use echo::upgrade::{Version, program};
use serde::{Deserialize, Serialize};

// ANCHOR: shout
/// The second version: it shouts. It also counts the bytes, which the first
/// version did not.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Shout {
    lines: u64,
    #[serde(default)]
    bytes: u64,
}

impl Version for Shout {
    fn answer(&mut self, line: &[u8]) -> Vec<u8> {
        self.lines += 1;
        self.bytes += line.len() as u64;
        line.to_ascii_uppercase()
    }

    fn farewell(&self) -> String {
        format!(
            "after {} lines, the last {} bytes shouted",
            self.lines, self.bytes
        )
    }
}
// ANCHOR_END: shout

fn main() {
    program::<Shout>()
}
