//! The servers that are measured, in lists. A new one is a line here.

use crate::{
    program::Program,
    subjects::{List, Places, Silent, Subject, Talking, Watched},
};

/// What most lists have in common.
const A_LIST: List = List {
    file: "",
    title: "server",
    subjects: &[],
    talk: Talking::Nobody,
    silent: Silent::Nobody,
    calls: Watched::Nobody,
    cores: Places::Apart,
    share: 2,
};

/// The server that is stopped for a while.
pub const STALLED: &str = "`tuned`";

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
        calls: Watched::Both,
        ..A_LIST
    },
    List {
        file: "workers",
        title: "workers on one processor",
        subjects: &[
            knob("1", &["--workers", "1"]),
            knob("2", &["--workers", "2"]),
            knob(
                "1, `--global-queue-interval 1`",
                &["--workers", "1", "--global-queue-interval", "1"],
            ),
            knob("`new_current_thread`", &["--workers", "0"]),
        ],
        talk: Talking::Many,
        share: 1,
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
        calls: Watched::Server,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::source;

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
}
