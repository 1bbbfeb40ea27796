// ANCHOR: all
//! A library that pages show.

// ANCHOR: types
/// A pair.
pub struct Pair(pub u8, pub u8);
// ANCHOR_END: types

/// Nothing shows this.
pub fn unshown() {}

// ANCHOR: types
/// Three.
pub struct Triple(pub u8, pub u8, pub u8);
// ANCHOR_END: types

// ANCHOR: add - with words about it
/// Adds the two.
pub fn add(pair: &Pair) -> u8 {
    // ANCHOR: sum
    pair.0 + pair.1
    // ANCHOR_END: sum
}
// ANCHOR_END: add
// ANCHOR_END: all

// proof: allow(wide-listing) it was wide once, and the rule does not hold now
// ANCHOR: never_shown_and_never_closed
const _TEXT: &str = "a string with a heading:
 # not shown";
