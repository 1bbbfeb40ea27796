//! Which of the servers are measured: those that are asked for, and for which
//! everything is at hand.

use std::{collections::BTreeSet, env, ffi::OsString};

use crate::{
    lists::{SERVERS, STALLED, STEPS},
    program::has,
    subjects::{List, Subject},
};

/// The part of the program in which a server stands still.
pub const STALL: &str = "stall";

/// Reads a name that may be asked for.
///
/// # Errors
///
/// A sentence with all names, if this is none of them.
pub fn parse_name(text: &str) -> Result<String, String> {
    let lists = || [&SERVERS].into_iter().chain(STEPS);
    let files = lists().map(|list| list.file).chain([STALL]);
    let subjects = lists().flat_map(|list| list.subjects);
    let names = files.chain(subjects.map(|one| one.name));
    let mut names: Vec<_> = names.map(bare).collect();
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    match names.iter().any(|name| name.eq_ignore_ascii_case(text)) {
        true => Ok(text.to_owned()),
        false => Err(format!("there are {}", names.join("; "))),
    }
}

/// A name as somebody types it.
fn bare(name: &str) -> String {
    name.replace('`', "")
}

/// What is measured.
pub struct Choice {
    /// By name; everything, if nothing is named.
    only: Vec<String>,
    /// The folders of this machine's programs.
    path: OsString,
}

impl Choice {
    /// What was asked for, of what is at hand on this machine.
    pub fn new(only: Vec<String>) -> Choice {
        let path = env::var_os("PATH").unwrap_or_default();
        Choice { only, path }
    }

    /// Whether this machine has a tool.
    pub fn has(&self, tool: &str) -> bool {
        has(&self.path, tool)
    }

    fn is_wanted(&self, name: &str) -> bool {
        let bare = bare(name);
        let is_it = |only: &String| only.eq_ignore_ascii_case(&bare);
        self.only.is_empty() || self.only.iter().any(is_it)
    }

    /// What was asked for of a list: by its name, or that of a server in it.
    fn asked_for(&self, list: &List) -> impl Iterator<Item = Subject> {
        let all = self.is_wanted(list.file);
        let subjects = list.subjects.iter().copied();
        subjects.filter(move |one| all || self.is_wanted(one.name))
    }

    fn is_there(&self, subject: &Subject) -> bool {
        subject.program.is_there(&self.path)
    }

    /// What is measured of a list.
    pub fn of(&self, list: &List) -> Vec<Subject> {
        let wanted = self.asked_for(list);
        wanted.filter(|one| self.is_there(one)).collect()
    }

    /// The server that stands still for a while, if one does.
    pub fn stalled(&self) -> Option<Subject> {
        let mut subjects = SERVERS.subjects.iter().copied();
        let mut find = |name| subjects.find(|one| one.name == name);
        let subject = find(STALLED)?;
        let is_measured = self.is_there(&subject) && self.is_wanted(STALL);
        is_measured.then_some(subject)
    }

    /// Everything that is measured in some way.
    pub fn all(&self) -> Vec<Subject> {
        let lists = STEPS.iter().chain([&SERVERS]);
        let listed = lists.flat_map(|list| self.of(list));
        listed.chain(self.stalled()).collect()
    }

    /// What was asked for and is not at hand, as a sentence; empty if there is
    /// no such thing.
    pub fn missing(&self) -> String {
        let wanted = self.asked_for(&SERVERS);
        let missing = wanted.filter(|one| !self.is_there(one));
        let names: Vec<_> = missing.map(|one| one.name).collect();
        match names.is_empty() {
            true => String::new(),
            false => {
                let names = names.join(", ");
                format!("Not installed here, so not measured: {names}.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a machine without any programs.
    fn choice(only: &[&str]) -> Choice {
        Choice {
            only: only.iter().copied().map(str::to_owned).collect(),
            path: OsString::new(),
        }
    }

    fn names(choice: &Choice) -> Vec<&str> {
        choice.of(&SERVERS).iter().map(|one| one.name).collect()
    }

    #[test]
    fn what_is_not_installed_is_named_and_left_out() {
        let choice = choice(&[]);
        assert!(names(&choice).contains(&"`server`"));
        assert!(!names(&choice).contains(&"Go"));
        let wanted = "Not installed here, so not measured: C, ";
        assert!(choice.missing().starts_with(wanted));
        assert!(choice.missing().ends_with("Go, Elixir, Node, Python."));
    }

    #[test]
    fn only_what_is_asked_for_is_measured_or_missed() {
        let choice = choice(&["server", "go"]);
        assert_eq!(names(&choice), ["`server`"]);
        let wanted = "Not installed here, so not measured: Go.";
        assert_eq!(choice.missing(), wanted);
        assert_eq!(choice.stalled(), None);
    }

    #[test]
    fn a_table_can_be_asked_for_by_its_name() {
        for asked in STEPS {
            let choice = choice(&[asked.file]);
            assert!(choice.of(&SERVERS).is_empty(), "{}", asked.file);
            for list in STEPS {
                let wanted = match list.file == asked.file {
                    true => list.subjects.len(),
                    false => 0,
                };
                assert_eq!(choice.of(list).len(), wanted, "{}", asked.file);
            }
            assert_eq!(choice.missing(), "");
        }
        assert!(choice(&["compare"]).missing().contains("Go"));
    }

    #[test]
    fn nothing_is_missing_if_all_that_is_asked_for_is_there() {
        let choice = choice(&["server"]);
        assert_eq!(choice.missing(), "");
        assert_eq!(choice.all().len(), 1);
    }
}
