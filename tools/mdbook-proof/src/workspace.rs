//! What cargo can be told in the book's workspace.

use std::collections::BTreeSet;

use cargo_metadata::{MetadataCommand, Target, TargetKind};

use crate::{
    book::{Book, get},
    finding::{File, Finding},
};

/// The names that a command for cargo may use.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The packages.
    pub packages: BTreeSet<String>,
    /// The programs.
    pub bins: BTreeSet<String>,
    /// The examples.
    pub examples: BTreeSet<String>,
    /// The integration tests.
    pub tests: BTreeSet<String>,
    /// The benchmarks.
    pub benches: BTreeSet<String>,
    /// The commands to which the workspace has given a name.
    pub aliases: BTreeSet<String>,
    /// Whether cargo has said what there is. If not, nothing is known, and
    /// nothing can be wrong.
    pub is_known: bool,
}

impl Workspace {
    /// Asks cargo what there is. A book that names no crates does not speak of
    /// its own workspace, and one without a `Cargo.toml` has nothing in it.
    ///
    /// # Errors
    ///
    /// What is wrong, when cargo cannot be run, or cannot read the workspace.
    pub fn load(book: &Book) -> Result<Workspace, Box<Finding>> {
        let mut workspace = Workspace::default();
        if book.settings.crates.is_empty() {
            return Ok(workspace);
        }
        workspace.is_known = true;
        let Ok(manifest) = book.read("Cargo.toml") else {
            return Ok(workspace);
        };
        let metadata = MetadataCommand::new()
            .current_dir(&book.root)
            .no_deps()
            .other_options(["--offline".to_owned()])
            .exec()
            .map_err(|error| Box::new(no_answer(&manifest, &error)))?;
        for package in metadata.packages {
            workspace.packages.insert(package.name.to_string());
            for target in package.targets {
                workspace.add(target);
            }
        }
        workspace.aliases = aliases(book);
        Ok(workspace)
    }

    /// The names of programs, examples, tests and packages.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        let sets = [&self.bins, &self.examples, &self.tests, &self.packages];
        sets.into_iter().flatten().map(String::as_str)
    }

    /// The names of what can be run: programs and examples.
    pub fn runnable(&self) -> BTreeSet<String> {
        self.bins.union(&self.examples).cloned().collect()
    }

    fn add(&mut self, target: Target) {
        let names = match target.kind.first() {
            Some(TargetKind::Bin) => &mut self.bins,
            Some(TargetKind::Example) => &mut self.examples,
            Some(TargetKind::Test) => &mut self.tests,
            Some(TargetKind::Bench) => &mut self.benches,
            _ => return,
        };
        names.insert(target.name);
    }
}

/// What cargo says when it says nothing of the workspace.
fn no_answer(manifest: &File, error: &cargo_metadata::Error) -> Finding {
    /// What comes after these lines is the chain of causes.
    const LINES: usize = 5;
    let said = match error {
        cargo_metadata::Error::CargoMetadata { stderr } => stderr.clone(),
        other => other.to_string(),
    };
    let said: Vec<&str> = said.trim().lines().take(LINES).collect();
    let message = "`cargo metadata --no-deps --offline` fails, so names and \
                   commands are not checked";
    manifest
        .finding("cargo-metadata", manifest.first_line(), message)
        .report(said.join("\n"))
}

/// The names that the workspace gives to commands. `cargo metadata` does not
/// tell them, so they are read where cargo reads them.
fn aliases(book: &Book) -> BTreeSet<String> {
    let config = book.read(".cargo/config.toml").ok();
    let table = config.and_then(|file| file.text.parse::<toml::Table>().ok());
    let table = table.unwrap_or_default();
    let aliases = get(&table, &["alias"]).and_then(|value| value.as_table());
    let names = aliases.into_iter().flat_map(|table| table.keys());
    names.cloned().collect()
}
