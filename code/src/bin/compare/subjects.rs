//! What a server is that is measured, and what is asked of a list of them.

use std::{ffi::OsString, path::Path};

use anyhow::Result;

use crate::program::Program;

/// A server that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// What it is called in the tables.
    pub name: &'static str,
    pub program: Program,
    /// After the port.
    pub arguments: &'static [&'static str],
}

/// Servers that are measured in turn, and compared with the first of them.
#[derive(Debug, Clone, Copy)]
pub struct List {
    /// What the file of its table is called, without its end.
    pub file: &'static str,
    /// What differs between them.
    pub title: &'static str,
    pub subjects: &'static [Subject],
    pub talk: Talking,
    pub silent: Silent,
    pub calls: Watched,
    pub cores: Places,
    /// Where many talk, one of so many rounds is enough.
    pub share: u32,
}

/// How many clients talk to them, of those numbers that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talking {
    Nobody,
    /// The first number.
    Few,
    /// The last number.
    Many,
    /// All numbers, one after the other.
    FewAndMany,
}

/// What is told of many clients who come and stay silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silent {
    /// None come.
    Nobody,
    /// How long it takes until all are there.
    Time,
    /// The memory that they cost.
    Memory,
    Both,
}

/// Whom `strace` watches to count a server's calls of the system. Who is
/// watched is slow, in as far as it calls the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// Nothing is counted.
    Nobody,
    /// A server that hardly calls the system, or nothing depends on that.
    Server,
    /// A server that looks for messages. The clients must be as slow, or the
    /// next message is always there already, and no look is in vain.
    Both,
}

/// Where they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// The server has a processor, and the clients have another.
    Apart,
    /// Both may use all processors.
    Together,
}

impl Subject {
    /// The command that runs it on a port. What was compiled is in the folder.
    ///
    /// # Errors
    ///
    /// When a program of the book was not built.
    pub fn command(&self, folder: &Path, port: u16) -> Result<Vec<OsString>> {
        let mut words = self.program.command(folder)?;
        words.push(port.to_string().into());
        words.extend(self.arguments.iter().map(OsString::from));
        Ok(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_the_port_before_the_arguments() {
        let node = Subject {
            name: "Node",
            program: Program::Script("node", "echo.js"),
            arguments: &["--much"],
        };
        let words = node.command(Path::new("/none"), 4000).unwrap();
        assert_eq!(words[0], "node");
        assert_eq!(words[2..], ["4000", "--much"]);
    }
}
