//! Which servers are measured, and what of each. A new one is a line here.

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
    /// Whether the calls of the system are counted.
    pub calls: bool,
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

/// Where they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// The server has a processor, and the clients have another.
    Apart,
    /// Both may use all processors.
    Together,
}

/// What most lists have in common.
const A_LIST: List = List {
    file: "",
    title: "server",
    subjects: &[],
    talk: Talking::Nobody,
    silent: Silent::Nobody,
    calls: false,
    cores: Places::Apart,
    share: 2,
};

/// The server that is stopped for a while.
pub const STALLED: &str = "`tuned`";

const fn subject(
    name: &'static str,
    program: Program,
    arguments: &'static [&'static str],
) -> Subject {
    Subject {
        name,
        program,
        arguments,
    }
}

const fn knob(
    name: &'static str,
    arguments: &'static [&'static str],
) -> Subject {
    subject(name, Program::Example("knobs"), arguments)
}

/// The servers that the page compares. The first is the floor.
pub const SERVERS: List = List {
    file: "compare",
    subjects: &[
        subject("C", Program::Compiled("cc", "echo.c"), &[]),
        subject("`tuned`", Program::Fast("tuned"), &[]),
        subject("`server`", Program::Bin("server"), &[]),
        subject("threads", Program::Example("threads"), &[]),
        subject("Go", Program::Compiled("go", "echo.go"), &[]),
        subject("Elixir", Program::Script("elixir", "echo.exs"), &[]),
        subject("Node", Program::Script("node", "echo.js"), &[]),
        subject("Python", Program::Script("python3", "echo.py"), &[]),
    ],
    talk: Talking::FewAndMany,
    silent: Silent::Both,
    share: 1,
    ..A_LIST
};

/// One program, with each of its settings: a question of the page each.
pub const STEPS: &[List] = &[
    List {
        file: "printing",
        title: "for each packet",
        subjects: &[
            knob("a line by `println!`", &["--print", "line"]),
            knob("a line with no lock", &["--print", "unlocked"]),
            knob("nothing", &[]),
        ],
        talk: Talking::Few,
        ..A_LIST
    },
    List {
        file: "queue",
        title: "places in the queue",
        subjects: &[
            knob("128", &["--queue", "128"]),
            knob("4,096", &["--queue", "4096"]),
        ],
        silent: Silent::Time,
        ..A_LIST
    },
    List {
        file: "memory",
        title: "where the buffer is",
        subjects: &[
            knob("in the future", &["--queue", "4096"]),
            knob("in the thread", &["--queue", "4096", "--buffer", "thread"]),
        ],
        silent: Silent::Memory,
        ..A_LIST
    },
    List {
        file: "calls",
        title: "how it waits and reads",
        subjects: &[
            knob("`read`", &["--workers", "0"]),
            knob(
                "`readable` and `try_read`",
                &["--workers", "0", "--buffer", "readable"],
            ),
            knob(
                "`poll_read`, as in `tuned`",
                &["--workers", "0", "--buffer", "thread"],
            ),
        ],
        talk: Talking::Few,
        calls: true,
        ..A_LIST
    },
    List {
        file: "threads",
        title: "workers on one processor",
        subjects: &[
            knob("1", &["--workers", "1"]),
            knob("2", &["--workers", "2"]),
            knob(
                "1, `--global-queue-interval 1`",
                &["--workers", "1", "--global-queue-interval", "1"],
            ),
            knob("a thread of its own", &["--workers", "0"]),
        ],
        talk: Talking::FewAndMany,
        ..A_LIST
    },
    List {
        file: "cores",
        title: "on all processors",
        subjects: &[
            knob("2 workers that share", &["--workers", "2"]),
            subject(
                "2 threads, each with its own",
                Program::Bin("tuned"),
                &["--threads", "2"],
            ),
            subject("1 thread", Program::Bin("tuned"), &["--threads", "1"]),
        ],
        talk: Talking::FewAndMany,
        cores: Places::Together,
        ..A_LIST
    },
    List {
        file: "uring",
        title: "how it asks the system",
        subjects: &[
            subject("`tuned`, by epoll", Program::Bin("tuned"), &[]),
            subject("`uring`, by io_uring", Program::Example("uring"), &[]),
        ],
        talk: Talking::Few,
        silent: Silent::Memory,
        calls: true,
        ..A_LIST
    },
    List {
        file: "profile",
        title: "`tuned`, built by",
        subjects: &[
            subject("`release`", Program::Bin("tuned"), &[]),
            subject("`fast`", Program::Fast("tuned"), &[]),
        ],
        talk: Talking::Few,
        ..A_LIST
    },
];

impl Program {
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

impl Subject {
    /// The command that runs it on a port. What was compiled is in the folder.
    ///
    /// # Errors
    ///
    /// When a program of the book was not built.
    pub fn command(&self, folder: &Path, port: u16) -> Result<Vec<OsString>> {
        let mut words: Vec<OsString> = match self.program {
            Program::Bin(name) => vec![beside(name)?.into()],
            Program::Fast(name) => vec![fast(name)?.into()],
            Program::Example(name) => {
                vec![beside(&format!("examples/{name}"))?.into()]
            }
            Program::Compiled(_, file) => vec![compiled(folder, file).into()],
            Program::Script(tool, file) => {
                vec![tool.into(), source(file).into()]
            }
        };
        words.push(port.to_string().into());
        words.extend(self.arguments.iter().map(OsString::from));
        Ok(words)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_needs_a_tool_only_if_another_made_its_language() {
        let lacking = SERVERS
            .subjects
            .iter()
            .filter(|one| one.program.tool().is_some());
        let lacking: Vec<_> = lacking.map(|one| one.name).collect();
        assert_eq!(lacking, ["C", "Go", "Elixir", "Node", "Python"]);
    }

    #[test]
    fn every_peer_has_its_file() {
        for subject in SERVERS.subjects {
            if let Program::Compiled(_, file) | Program::Script(_, file) =
                subject.program
            {
                assert!(source(file).is_file(), "{file}");
            }
        }
    }

    #[test]
    fn a_command_has_the_port_before_the_arguments() {
        let script = Program::Script("node", "echo.js");
        let node = subject("Node", script, &["--much"]);
        let words = node.command(Path::new("/none"), 4000).unwrap();
        assert_eq!(words[0], "node");
        assert_eq!(words[2..], ["4000", "--much"]);
    }
}
