//! Copies.

fn main() {}
