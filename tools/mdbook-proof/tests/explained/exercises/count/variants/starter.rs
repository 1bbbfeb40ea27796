//! Count the bytes.

use std::io::{self, Read};

/// Returns how many bytes come.
pub fn count(mut from: impl Read) -> io::Result<usize> {
    let mut rest = Vec::new();
    from.read_to_end(&mut rest)?;
    Ok(0)
}
