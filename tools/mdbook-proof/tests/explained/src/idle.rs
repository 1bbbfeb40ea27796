//! What a page edits.

/// How often it sleeps.
pub fn idle() -> u32 {
    let rounds = 3;
    rounds
}
