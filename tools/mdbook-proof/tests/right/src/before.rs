//! The library as it was before it could shout.

pub fn quiet(words: &str) -> String {
}
