//! Greets.

use std::time::Duration;

// ANCHOR: limits
/// The longest name, in bytes.
pub const LONGEST: usize = 2 * 1024;

/// How long to wait for a name.
pub const PATIENCE: Duration = Duration::from_secs(5);
// ANCHOR_END: limits

/// Someone who greets.
pub struct Greeter {
    name: String,
}

impl Greeter {
    // ANCHOR: greet
    /// Says hello to `whom`.
    pub fn greet(&self, whom: &str) -> String {
        // ANCHOR: words
        let words = format!("{} greets {whom}", self.name);
        words
        // ANCHOR_END: words
    }
    // ANCHOR_END: greet
}

// ANCHOR: shout
/// Says it louder.
pub fn shout(words: &str) -> String {
    words.to_uppercase()
}
// ANCHOR_END: shout

#[test]
fn shouting_is_loud() {
    assert_eq!(shout("a"), "A");
}
