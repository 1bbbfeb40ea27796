//! Adds up.

/// The sum of both.
pub fn sum(first: u32, second: u32) -> u32 {
    first.saturating_add(second)
}

/// Both again.
pub fn twice(number: u32) -> u32 {
    number * 2
}
