//! Count the bytes.

use std::io::{self, Read};

/// Returns how many bytes come.
pub fn count(mut from: impl Read) -> io::Result<usize> {
    let mut piece = [0; 16];
    let mut met = 0;
    while let length @ 1.. = from.read(&mut piece)? {
        met += length;
    }
    Ok(met)
}
