//! Code, taken apart into tokens: what is left when it is formatted otherwise.
//!
//! A listing may begin or end in the middle of a block, and inline code is
//! seldom whole. `proc-macro2` refuses what is not balanced, and drops the
//! comments that a listing shows; so the tokens are found by a pattern.

use std::sync::LazyLock;

use regex::Regex;

/// A token of Rust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A comment, with one space between its words.
    Comment(String),
    /// Anything else, as it stands in the code.
    Code(String),
}

static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r##"(?xs)
        //[^\n]* | /\*.*?\*/
        | b?r"[^"]*" | b?r\#"(?:[^"]|"[^\#])*"\# | b?"(?:\\.|[^"\\])*"
        | b?'(?:\\[^']+|\\'|[^'\\])' | '\w+
        | \d\w*(?:\.\d\w*)? | \w+ | \S"##,
    )
    .unwrap()
});

/// The tokens of `text`. Comments on neighbouring lines are one, and the comma
/// before a closing bracket, which depends on the length of the lines, is left
/// out.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for found in TOKEN.find_iter(text) {
        let piece = found.as_str();
        if piece.starts_with("//") || piece.starts_with("/*") {
            let words = comment(piece);
            match tokens.last_mut() {
                Some(Token::Comment(before)) => {
                    before.push(' ');
                    before.push_str(&words);
                }
                _ => tokens.push(Token::Comment(words)),
            }
            continue;
        }
        let closes = matches!(piece, ")" | "]" | "}");
        if closes && tokens.last().is_some_and(|last| last.is(",")) {
            tokens.pop();
        }
        tokens.push(Token::Code(piece.to_owned()));
    }
    tokens
}

fn comment(text: &str) -> String {
    let words = text.split_whitespace();
    let words = words.map(|word| word.trim_matches(['/', '*', '!']));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

impl Token {
    /// Whether this is the piece of code `text`.
    pub fn is(&self, text: &str) -> bool {
        matches!(self, Token::Code(code) if code == text)
    }

    /// What stands there.
    pub fn text(&self) -> &str {
        match self {
            Token::Comment(text) | Token::Code(text) => text,
        }
    }

    /// Whether this is a name, a keyword or the like.
    pub fn is_word(&self) -> bool {
        let first = |text: &str| text.chars().next();
        matches!(self, Token::Code(code) if first(code)
            .is_some_and(|c| c.is_alphabetic() || c == '_'))
            && !self.is_text()
    }

    /// Whether this is a string.
    pub fn is_text(&self) -> bool {
        matches!(self, Token::Code(code) if code.ends_with(['"', '#'])
            && code.contains('"'))
    }
}

/// The function `name` of a Rust file, with its attributes and without its
/// documentation; also one in a macro, where there is no syntax tree.
pub fn function<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let head = text.find(&format!("fn {name}("))?;
    let mut start = text[..head].rfind('\n').map_or(0, |at| at + 1);
    while let Some(above) = text[..start].strip_suffix('\n') {
        let line = above.rfind('\n').map_or(0, |at| at + 1);
        if !above[line..].trim_start().starts_with("#[") {
            break;
        }
        start = line;
    }
    let mut depth = 0;
    for found in TOKEN.find_iter(&text[head..]) {
        match found.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => {
                return Some(&text[start..head + found.end()]);
            }
            "}" => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether the tokens of `part` stand in `whole`, one behind the other.
pub fn has(whole: &[Token], part: &[Token]) -> bool {
    !part.is_empty() && whole.windows(part.len()).any(|window| window == part)
}

/// Whether `text` has the words `part` in it, and not as a part of longer ones.
pub fn says(text: &str, part: &str) -> bool {
    let is_word =
        |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(part).any(|(at, _)| {
        let starts = !is_word(part.chars().next())
            || !is_word(text[..at].chars().next_back());
        let ends = !is_word(part.chars().next_back())
            || !is_word(text[at + part.len()..].chars().next());
        starts && ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(code: &str) -> Vec<String> {
        let tokens = tokens(code);
        tokens.iter().map(|token| token.text().to_owned()).collect()
    }

    #[test]
    fn code_is_the_same_however_it_is_formatted() {
        let one = "let a = f(b, c); // no\n// more";
        let other = "let a = f(\n    b,\n    c,\n);\n/* no more */";
        assert_eq!(tokens(one), tokens(other));
    }

    #[test]
    fn strings_and_characters_are_whole() {
        let code =
            "f(\"a // b\", '\"', b'\\n', r#\"x \" y\"#, 'a', &'a str, 1.5_f32)";
        let expected = [
            "f",
            "(",
            "\"a // b\"",
            ",",
            "'\"'",
            ",",
            "b'\\n'",
            ",",
            "r#\"x \" y\"#",
            ",",
            "'a'",
            ",",
            "&",
            "'a",
            "str",
            ",",
            "1.5_f32",
            ")",
        ];
        assert_eq!(texts(code), expected);
    }

    #[test]
    fn what_is_not_balanced_has_tokens() {
        assert_eq!(texts("} else {"), ["}", "else", "{"]);
        assert_eq!(texts("0..n"), ["0", ".", ".", "n"]);
    }

    #[test]
    fn a_function_is_found_with_its_attributes() {
        let text =
            "/// It holds.\n#[test]\nfn a() { f(\"}\"); { } }\nfn b() {}\n";
        let found = function(text, "a");
        assert_eq!(found, Some("#[test]\nfn a() { f(\"}\"); { } }"));
        assert_eq!(function(text, "c"), None);
    }

    #[test]
    fn tokens_are_met_one_behind_the_other() {
        let whole = tokens("match x { Ok(0) => a, Err(e) => b }");
        assert!(has(&whole, &tokens("Ok(0)")));
        assert!(!has(&whole, &tokens("Ok(e)")));
        assert!(!has(&whole, &[]));
    }

    #[test]
    fn words_are_whole_words() {
        assert!(says("Task 4: Got packet", "Got packet"));
        assert!(!says("loops", "loop"));
        assert!(says("a \\n", "\\n"));
    }
}
