//! Copies with care.

fn main() {}
