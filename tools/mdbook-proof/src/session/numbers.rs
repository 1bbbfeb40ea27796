//! Numbers that differ from run to run: ports, ids, times.
//!
//! The settings say what stands around them. The same number on the page must
//! be the same number in the run, and two that differ must differ there too.

use std::collections::BTreeMap;

use regex::Regex;

/// A number, or a moment such as 2026-11-26T01:46:28.034404Z.
const ANY: &str = r"\d{4}-\d\d-\d\dT[\d:.]+Z|\d+(?:\.\d+)?";

/// The places in printed lines where numbers may differ.
#[derive(Debug)]
pub struct Varying {
    kinds: Vec<Kind>,
}

#[derive(Debug)]
struct Kind {
    pattern: Regex,
    consistent: bool,
}

/// Which number of the run stands for which number of the page, so far.
#[derive(Debug, Default, Clone)]
pub struct Renaming {
    page_to_run: BTreeMap<String, String>,
    run_to_page: BTreeMap<String, String>,
}

/// A line, cut into what must be equal and what may be renamed.
#[derive(Debug, PartialEq)]
enum Part {
    Text(String),
    /// A number that must differ in the same way everywhere.
    Renamed(String),
    /// A number that does not matter.
    Ignored(String),
}

impl Varying {
    /// Reads the patterns of the settings: `{}` or `{*}` in each marks the
    /// number.
    ///
    /// # Errors
    ///
    /// The pattern that has no mark.
    pub fn new(patterns: &[String]) -> Result<Varying, String> {
        let kinds = patterns.iter().map(|pattern| {
            let consistent = pattern.contains("{}");
            let mark = if consistent { "{}" } else { "{*}" };
            let (before, after) =
                pattern.split_once(mark).ok_or_else(|| {
                    format!("the pattern {pattern:?} marks no number")
                })?;
            let number = if consistent { r"\d+" } else { ANY };
            let pattern = format!(
                "{}({number}){}",
                regex::escape(before),
                regex::escape(after)
            );
            let pattern = Regex::new(&pattern).expect("it is escaped");
            Ok(Kind {
                pattern,
                consistent,
            })
        });
        Ok(Varying {
            kinds: kinds.collect::<Result<_, String>>()?,
        })
    }

    fn cut(&self, line: &str) -> Vec<Part> {
        let mut numbers: Vec<(usize, usize, bool)> = Vec::new();
        for kind in &self.kinds {
            for found in kind.pattern.captures_iter(line) {
                let number = found.get(1).expect("it is in the pattern");
                let (start, end) = (number.start(), number.end());
                if !numbers.iter().any(|known| known.0 < end && start < known.1)
                {
                    numbers.push((start, end, kind.consistent));
                }
            }
        }
        numbers.sort_unstable();
        let mut parts = Vec::new();
        let mut at = 0;
        for (start, end, consistent) in numbers {
            parts.push(Part::Text(line[at..start].to_owned()));
            parts.push(match consistent {
                true => Part::Renamed(line[start..end].to_owned()),
                false => Part::Ignored(line[start..end].to_owned()),
            });
            at = end;
        }
        parts.push(Part::Text(line[at..].to_owned()));
        parts
    }
}

impl Renaming {
    /// Settles that `page` stands for `run`.
    pub fn settle(&mut self, page: &str, run: &str) {
        self.page_to_run.insert(page.to_owned(), run.to_owned());
        self.run_to_page.insert(run.to_owned(), page.to_owned());
    }

    /// Whether the page's line and the run's line agree, given the numbers
    /// that have been met before. If they do, new numbers are remembered.
    pub fn agree(&mut self, varying: &Varying, page: &str, run: &str) -> bool {
        let (page, run) = (varying.cut(page), varying.cut(run));
        if page.len() != run.len() {
            return false;
        }
        let before = self.clone();
        for pair in page.iter().zip(&run) {
            let agree = match pair {
                (Part::Renamed(page), Part::Renamed(run)) => {
                    self.settle_pair(page, run)
                }
                (Part::Ignored(_), Part::Ignored(_)) => true,
                (page, run) => page == run,
            };
            if !agree {
                *self = before;
                return false;
            }
        }
        true
    }

    /// Whether `page` may stand for `run`, as it then does from now on.
    fn settle_pair(&mut self, page: &str, run: &str) -> bool {
        match (self.page_to_run.get(page), self.run_to_page.get(run)) {
            (None, None) => {
                self.settle(page, run);
                true
            }
            (Some(known), Some(back)) => known == run && back == page,
            _ => false,
        }
    }

    /// The run's line as the page would write it. Numbers that the page does
    /// not know yet take the place of the next one in `spare`.
    pub fn to_page(
        &mut self,
        varying: &Varying,
        line: &str,
        spare: &mut Vec<String>,
    ) -> String {
        let mut text = String::new();
        for part in varying.cut(line) {
            match part {
                Part::Text(part) | Part::Ignored(part) => text += &part,
                Part::Renamed(number) => {
                    text += &self.page_number(number, spare)
                }
            }
        }
        text
    }

    fn page_number(&mut self, run: String, spare: &mut Vec<String>) -> String {
        if let Some(page) = self.run_to_page.get(&run) {
            return page.clone();
        }
        let free = |one: &String| !self.page_to_run.contains_key(one);
        let page = match spare.iter().position(free) {
            Some(next) => spare.remove(next),
            None => run.clone(),
        };
        self.settle(&page, &run);
        page
    }

    /// The numbers of the page's line that may be renamed.
    pub fn numbers(varying: &Varying, line: &str) -> Vec<String> {
        let parts = varying.cut(line).into_iter();
        parts
            .filter_map(|part| match part {
                Part::Renamed(number) => Some(number),
                _ => None,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn varying() -> Varying {
        let patterns = ["Task {}:", "127.0.0.1:{}", "in {*}s"];
        Varying::new(&patterns.map(String::from)).unwrap()
    }

    #[test]
    fn numbers_may_differ_consistently() {
        let mut renaming = Renaming::default();
        let varying = varying();
        assert!(renaming.agree(&varying, "Task 1: hello 5", "Task 7: hello 5"));
        assert!(renaming.agree(&varying, "Task 2: hello", "Task 8: hello"));
        assert!(renaming.agree(&varying, "Task 1: bye", "Task 7: bye"));
    }

    #[test]
    fn moments_are_like_numbers_that_do_not_matter() {
        let varying = Varying::new(&["at {*}:".to_owned()]).unwrap();
        let agree = |run| {
            let page = "at 2026-11-26T01:46:28.034404Z: hello";
            Renaming::default().agree(&varying, page, run)
        };
        assert!(agree("at 2027-01-02T03:04:05.6Z: hello"));
        assert!(!agree("at 2027-01-02T03:04:05.6Z: bye"));
        assert!(!agree("at noon: hello"));
    }

    #[test]
    fn two_ids_swapped_do_not_agree() {
        let mut renaming = Renaming::default();
        let varying = varying();
        assert!(renaming.agree(&varying, "Task 1: a", "Task 7: a"));
        assert!(!renaming.agree(&varying, "Task 1: b", "Task 8: b"));
        assert!(!renaming.agree(&varying, "Task 2: b", "Task 7: b"));
    }

    #[test]
    fn two_numbers_of_a_line_are_not_one() {
        let mut renaming = Renaming::default();
        let varying = Varying::new(&["id {}".to_owned()]).unwrap();
        assert!(!renaming.agree(&varying, "id 1 id 2", "id 5 id 5"));
        assert!(!renaming.agree(&varying, "id 1 id 1", "id 5 id 6"));
        assert!(renaming.agree(&varying, "id 1 id 2", "id 6 id 5"));
    }

    #[test]
    fn a_pattern_must_mark_its_number() {
        assert!(Varying::new(&["id".to_owned()]).is_err());
    }

    #[test]
    fn other_numbers_must_be_equal() {
        let mut renaming = Renaming::default();
        assert!(!renaming.agree(
            &varying(),
            "Task 1: hello 5",
            "Task 1: hello 6"
        ));
    }

    #[test]
    fn times_do_not_matter() {
        let mut renaming = Renaming::default();
        assert!(renaming.agree(&varying(), "done in 0.00s", "done in 12.5s"));
        assert!(!renaming.agree(&varying(), "done in 0.00s", "done in 12.5m"));
    }

    #[test]
    fn a_run_is_told_in_the_numbers_of_the_page() {
        let mut renaming = Renaming::default();
        let varying = varying();
        let mut spare = vec!["4".to_owned(), "5".to_owned()];
        let mut tell = |line| renaming.to_page(&varying, line, &mut spare);
        assert_eq!(tell("Task 9: a in 0.5s"), "Task 4: a in 0.5s");
        assert_eq!(tell("Task 7: b"), "Task 5: b");
        assert_eq!(tell("Task 9: c"), "Task 4: c");
        assert_eq!(tell("Task 8: d"), "Task 8: d");
    }
}
