//! The commands of a command line, as a shell would take it apart.
//!
//! [`shlex`] knows quotation marks and backslashes. What it does not know is
//! where one command ends and the next begins, so that is found out here.

use std::{iter::Peekable, str::Chars};

/// The commands of a line, each as its words, without what sets a variable or
/// redirects input and output.
pub(crate) fn commands(line: &str) -> Vec<Vec<String>> {
    let parts = Parts::of(line).into_iter();
    let commands = parts.map(|part| {
        // A mark that is not closed: it is no command line, but has words.
        let words = shlex::split(&part).unwrap_or_else(|| {
            part.split_whitespace().map(str::to_owned).collect()
        });
        words.into_iter().skip_while(|word| is_setting(word))
    });
    commands.map(Iterator::collect).collect()
}

/// `PORT=4000`.
fn is_setting(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// A line that is being split where nothing is quoted.
struct Parts<'a> {
    rest: Peekable<Chars<'a>>,
    done: Vec<String>,
    part: String,
}

impl Parts<'_> {
    fn of(line: &str) -> Vec<String> {
        let mut parts = Parts {
            rest: line.chars().peekable(),
            done: Vec::new(),
            part: String::new(),
        };
        while let Some(c) = parts.rest.next() {
            match c {
                '\\' => {
                    parts.part.push(c);
                    parts.part.extend(parts.rest.next());
                }
                '\'' | '"' => parts.quoted(c),
                '#' if parts.between_words() => break,
                '<' | '>' => parts.redirection(),
                '&' if parts.rest.peek() == Some(&'>') => {}
                '|' | ';' | '&' => parts.end(),
                _ => parts.part.push(c),
            }
        }
        parts.end();
        parts.done
    }

    fn quoted(&mut self, mark: char) {
        self.part.push(mark);
        while let Some(c) = self.rest.next() {
            self.part.push(c);
            if c == mark {
                return;
            }
            if c == '\\' && mark == '"' {
                self.part.extend(self.rest.next());
            }
        }
    }

    /// Leaves out `2> file`: the number before the mark, which the part ends
    /// with, and the word behind it.
    fn redirection(&mut self) {
        let word = self.part.trim_end_matches(|c: char| c.is_ascii_digit());
        if word.is_empty() || word.ends_with(char::is_whitespace) {
            self.part.truncate(word.len());
        }
        while self.rest.next_if(|c| "<>&".contains(*c)).is_some() {}
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
        let in_word = |c: &char| !c.is_whitespace() && !"|;&<>".contains(*c);
        while self.rest.next_if(in_word).is_some() {}
    }

    fn between_words(&self) -> bool {
        self.part.is_empty() || self.part.ends_with(char::is_whitespace)
    }

    fn end(&mut self) {
        self.done.push(std::mem::take(&mut self.part));
    }
}

#[cfg(test)]
mod tests {
    use super::commands;

    #[track_caller]
    fn splits(line: &str, expected: &[&[&str]]) {
        let said: Vec<Vec<String>> = commands(line);
        let said = said.iter().filter(|words| !words.is_empty());
        assert_eq!(said.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_line_is_split_into_commands() {
        splits("a b | c && d; e &", &[&["a", "b"], &["c"], &["d"], &["e"]]);
    }

    #[test]
    fn what_is_quoted_does_not_split() {
        splits(
            "echo 'a | b' | cargo run --bin x",
            &[&["echo", "a | b"], &["cargo", "run", "--bin", "x"]],
        );
        splits(
            r#"echo "a \" ; b" 'c # d'"#,
            &[&["echo", "a \" ; b", "c # d"]],
        );
        splits(r"echo a\|b", &[&["echo", "a|b"]]);
    }

    #[test]
    fn settings_redirections_and_comments_are_left_out() {
        splits("A=1 b_c='2 3' d e=4", &[&["d", "e=4"]]);
        splits(
            "a 2>&1 >b c <d | e >> 'f' &> g # h | i",
            &[&["a", "c"], &["e"]],
        );
        splits("a x2> b", &[&["a", "x2"]]);
    }

    #[test]
    fn a_mark_that_is_not_closed_is_a_letter() {
        splits("&'b str", &[&["'b", "str"]]);
    }
}
