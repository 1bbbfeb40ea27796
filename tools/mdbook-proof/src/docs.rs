//! What a Rust file says of itself, above its code.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// The first paragraph of a file's documentation, the lines behind `//!`, as
/// markdown that can stand on a page. Links that only rustdoc could follow
/// are left out, their words stay.
pub fn introduction(text: &str) -> Option<String> {
    let paragraph: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("//!"))
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty())
        .collect();
    (!paragraph.is_empty()).then(|| unlinked(&paragraph.join("\n")))
}

fn unlinked(text: &str) -> String {
    static LINK: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\[(?P<words>[^\[\]]+)\](?P<to>\([^()]*\)|\[[^\[\]]*\])?")
            .unwrap()
    });
    let replaced = LINK.replace_all(text, |link: &Captures| {
        let words = &link["words"];
        match link.name("to") {
            Some(to) if to.as_str().contains("://") => link[0].to_owned(),
            None if !words.starts_with('`') => link[0].to_owned(),
            _ => words.to_owned(),
        }
    });
    replaced.into_owned()
}

#[cfg(test)]
mod tests {
    use super::introduction;

    #[test]
    fn the_first_paragraph_introduces_a_file() {
        let text =
            "// A licence.\n\n//! It greets\n//! people.\n//!\n//! More.\n";
        let said = introduction(text);
        assert_eq!(said.as_deref(), Some("It greets\npeople."));
        assert_eq!(introduction("fn main() {}\n"), None);
    }

    #[test]
    fn links_for_rustdoc_become_words() {
        let text = "//! See [`a::b`], [c](crate::c), [d][`D`], [e] and \
                    [f](https://example.org/).";
        let said = "See `a::b`, c, d, [e] and [f](https://example.org/).";
        assert_eq!(introduction(text).as_deref(), Some(said));
    }
}
