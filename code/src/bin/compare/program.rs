//! The programs of the servers, and what it takes to run them.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use anyhow::Result;

use crate::guarded::beside;

/// How a server is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// One of the book's programs.
    Bin(&'static str),
    /// The same, built by the profile `fast`.
    Fast(&'static str),
    /// One of the book's examples.
    Example(&'static str),
    /// A file in `code/peers`, which a compiler makes a program of.
    Compiled(&'static str, &'static str),
    /// A file in `code/peers`, which a program runs.
    Script(&'static str, &'static str),
}

impl Program {
    /// The command that runs it, without the port. What was compiled is in the
    /// folder.
    ///
    /// # Errors
    ///
    /// When a program of the book was not built.
    pub fn command(self, folder: &Path) -> Result<Vec<OsString>> {
        Ok(match self {
            Program::Bin(name) => vec![beside(name)?.into()],
            Program::Fast(name) => vec![fast(name)?.into()],
            Program::Example(name) => {
                vec![beside(&format!("examples/{name}"))?.into()]
            }
            Program::Compiled(_, file) => vec![compiled(folder, file).into()],
            Program::Script(tool, file) => {
                vec![tool.into(), source(file).into()]
            }
        })
    }

    /// The tool that this machine must have, if it needs one.
    pub fn tool(self) -> Option<&'static str> {
        match self {
            Program::Bin(_) | Program::Fast(_) | Program::Example(_) => None,
            Program::Compiled(tool, _) | Program::Script(tool, _) => Some(tool),
        }
    }

    /// Whether there is what it takes, with these folders of programs.
    pub fn is_there(self, path: &OsStr) -> bool {
        let has_tool = self.tool().is_none_or(|tool| has(path, tool));
        has_tool && self.has_source()
    }

    fn has_source(self) -> bool {
        let places = match self {
            Program::Bin(name) | Program::Fast(name) => {
                [format!("src/bin/{name}.rs"), format!("src/bin/{name}")]
            }
            Program::Example(name) => {
                [format!("examples/{name}.rs"), format!("peers/{name}.rs")]
            }
            Program::Compiled(_, file) | Program::Script(_, file) => {
                return source(file).exists();
            }
        };
        let code = Path::new(env!("CARGO_MANIFEST_DIR"));
        places.iter().any(|place| code.join(place).exists())
    }
}

/// Whether one of these folders of programs has a tool.
pub fn has(path: &OsStr, tool: &str) -> bool {
    env::split_paths(path).any(|folder| folder.join(tool).is_file())
}

/// A program of the profile `fast`. Whoever has this program without
/// optimization gets the other one without, too: there is nothing to measure.
fn fast(name: &str) -> Result<PathBuf> {
    match cfg!(debug_assertions) {
        true => beside(name),
        false => beside(&format!("../fast/{name}")),
    }
}

/// A server in another language.
pub fn source(file: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    folder.join("peers").join(file)
}

/// What a compiler makes of it.
pub fn compiled(folder: &Path, file: &str) -> PathBuf {
    folder.join(format!("{file}.program"))
}
