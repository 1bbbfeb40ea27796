//! What a page edits.

/// It is not soft yet.
pub fn softly(words: &str) -> String {
    words.to_uppercase()
}

/// It is loud, too.
pub fn loudly(words: &str) -> String {
    words.to_ascii_uppercase()
}
