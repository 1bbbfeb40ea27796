//! Drawings: the words in an SVG file.

use std::ops::Range;

use roxmltree::{Document, Node};

use crate::finding::File;

/// Some words of a drawing.
#[derive(Debug)]
pub struct Words {
    /// The words.
    pub text: String,
    /// Where they stand in the file.
    pub range: Range<usize>,
}

/// What a drawing says: its title and its description, the texts in it, and
/// what it says when it is stepped through. A file that is no XML says
/// nothing.
pub fn words(file: &File) -> Vec<Words> {
    let Ok(document) = Document::parse(&file.text) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for node in document.descendants() {
        if node.is_text() && !is_style(&node) {
            add(&mut found, node.text().unwrap_or_default(), node.range());
        }
        let said = node.attribute_node("data-says");
        if let Some(said) = said {
            add(&mut found, said.value(), said.range_value());
        }
    }
    found
}

fn is_style(node: &Node) -> bool {
    let parent = node.parent();
    parent
        .is_some_and(|one| matches!(one.tag_name().name(), "style" | "script"))
}

fn add(found: &mut Vec<Words>, text: &str, range: Range<usize>) {
    if !text.trim().is_empty() {
        found.push(Words {
            text: text.trim().to_owned(),
            range,
        });
    }
}

/// The words of a text that can only be code: `accept_loop`, `TcpStream`,
/// `select!`, `Ok(0)`. Drawings and captions have no backticks.
pub fn code_words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let starts = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace()
        .map(|word| word.trim_matches([',', '.', ';', ':', '"', '?']))
        .map(|word| word.trim_start_matches('('))
        .map(|word| match word.contains('(') {
            true => word,
            false => word.trim_end_matches(')'),
        })
        .filter(|word| is_code(word))
        .map(move |word| (starts(word), word))
}

fn is_code(word: &str) -> bool {
    let has_hump = word.char_indices().skip(1).any(|(at, c)| {
        c.is_uppercase() && word[..at].ends_with(char::is_lowercase)
    });
    let is_name = word
        .chars()
        .all(|c| c.is_alphanumeric() || "_:()!".contains(c));
    let has_mark = word.contains('_')
        || word.contains("::")
        || word.len() > 1 && word.ends_with('!')
        || word.contains('(');
    is_name && word.starts_with(char::is_alphabetic) && (has_hump || has_mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_says_its_texts() {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><title>A</title>\
                   <style>b {}</style><g data-says=\"c\"><text>d <tspan>e\
                   </tspan></text></g></svg>";
        let file = File::new("a.svg", svg);
        let said: Vec<String> =
            words(&file).into_iter().map(|one| one.text).collect();
        assert_eq!(said, ["A", "c", "d", "e"]);
    }

    #[test]
    fn code_can_be_told_from_words() {
        let text = "the task runs accept_loop (see Ok(0), TcpStream) and select! \
                    in Rust; Node.js, mdBook's";
        let found: Vec<&str> = code_words(text).map(|(_, word)| word).collect();
        assert_eq!(found, ["accept_loop", "Ok(0)", "TcpStream", "select!"]);
    }
}
