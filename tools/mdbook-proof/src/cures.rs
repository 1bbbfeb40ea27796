//! Flaws and their cures: each is a file that names a flaw, with a test that
//! shows it in one program and a test that shows that another has it no more.
//!
//! `<!-- proof: cures FILE -->` on a page names the file whose modules they
//! are.

use std::{collections::BTreeSet, ops::Range, path::Path};

use syn::{Attribute, Item};

use crate::{docs::introduction, exhibit::Reader, finding::File};

/// A flaw, and the tests about it.
#[derive(Debug)]
pub struct Cure {
    /// Their file; without a text if it cannot be read.
    pub file: File,
    /// What the file calls the flaw, without the full stop.
    pub flaw: Option<String>,
    /// Its tests, in their order: there should be two.
    pub tests: Vec<Test>,
}

/// A test whose name says what a program does.
#[derive(Debug)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub range: Range<usize>,
}

/// The cures in a file, in the order of its `mod` lines. None if there is no
/// such file.
pub fn cures(path: &str, read: Reader) -> Option<Vec<Cure>> {
    let file = read(path)?;
    let folder = Path::new(path).with_extension("");
    let items = items(&file).into_iter();
    let modules = items.filter_map(|item| match item {
        Item::Mod(item) if item.content.is_none() => Some(item.ident),
        _ => None,
    });
    let cures = modules.map(|name| {
        let path = folder.join(format!("{name}.rs"));
        let file = read(&path.to_string_lossy());
        Cure::new(file.unwrap_or_else(|| File::new(path, "")))
    });
    Some(cures.collect())
}

fn items(file: &File) -> Vec<Item> {
    syn::parse_file(&file.text).map_or_else(|_| Vec::new(), |file| file.items)
}

impl Cure {
    fn new(file: File) -> Cure {
        let tests = items(&file).into_iter().filter_map(|item| match item {
            Item::Fn(item) if item.attrs.iter().any(is_test) => {
                let name = item.sig.ident.to_string();
                let start = file.text.find(&format!("fn {name}("))? + 3;
                let range = start..start + name.len();
                Some(Test { name, range })
            }
            _ => None,
        });
        Cure {
            flaw: introduction(&file.text).map(|words| first_sentence(&words)),
            tests: tests.collect(),
            file,
        }
    }

    /// Its cells in a table: the flaw, and what its tests say.
    pub fn row(&self, programs: &BTreeSet<String>) -> Vec<String> {
        let flaw = self.flaw.clone().unwrap_or_default();
        let tests = self.tests.iter().map(|test| test.words(programs));
        let cells = [flaw].into_iter().chain(tests);
        cells.map(|cell| cell.replace('|', "\\|")).collect()
    }
}

impl Test {
    /// The program with whose name it begins, and the rest of its name.
    pub fn program<'a>(
        &self,
        programs: &'a BTreeSet<String>,
    ) -> Option<(&'a str, &str)> {
        let parts = programs.iter().filter_map(|program| {
            let rest = self.name.strip_prefix(&program.replace('-', "_"))?;
            Some((&**program, rest.strip_prefix('_')?))
        });
        parts.max_by_key(|(program, _)| program.len())
    }

    /// The sentence that its name is.
    fn words(&self, programs: &BTreeSet<String>) -> String {
        match self.program(programs) {
            Some((program, rest)) => {
                format!("`{program}` {}", rest.replace('_', " "))
            }
            None => self.name.replace('_', " "),
        }
    }
}

/// Whether the attribute makes a test of a function: `test`, `tokio::test`.
fn is_test(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| last.ident == "test")
}

/// The first sentence in one line, without its full stop.
fn first_sentence(words: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    let words = words.join(" ");
    let first = words.split(". ").next().unwrap_or_default();
    first.strip_suffix('.').unwrap_or(first).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs() -> BTreeSet<String> {
        ["server", "server-two"].map(str::to_owned).into()
    }

    fn words(name: &str) -> String {
        let (name, range) = (name.to_owned(), 0..0);
        Test { name, range }.words(&programs())
    }

    #[test]
    fn a_test_says_what_its_program_does() {
        assert_eq!(words("server_waits_for_ever"), "`server` waits for ever");
        assert_eq!(words("server_two_waits"), "`server-two` waits");
        assert_eq!(words("servers_wait"), "servers wait");
        assert_eq!(words("server"), "server");
    }

    #[test]
    fn a_flaw_is_the_first_sentence() {
        let text = "//! A client that\n//! never reads. It is slow.\n//!\n//! No.\n\
                    #[test]\nfn a() {}\n#[cfg(unix)]\nfn b() {}\n#[tokio::test(start_paused)]\n\
                    async fn c() {}\n";
        let cure = Cure::new(File::new("a.rs", text));
        assert_eq!(cure.flaw.as_deref(), Some("A client that never reads"));
        let names = cure.tests.iter().map(|test| &text[test.range.clone()]);
        assert_eq!(names.collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn modules_are_met_in_their_order() {
        let read = |path: &str| {
            let text = match path {
                "t/cures.rs" => "mod b;\nmod a;\nmod here {}\n",
                "t/cures/a.rs" => "//! A.\n",
                _ => return None,
            };
            Some(File::new(path, text))
        };
        let found = cures("t/cures.rs", &read).unwrap();
        let flaws: Vec<_> =
            found.iter().map(|cure| cure.flaw.as_deref()).collect();
        assert_eq!(flaws, [None, Some("A")]);
        assert!(cures("t/other.rs", &read).is_none());
    }
}
