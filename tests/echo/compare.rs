use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::{
    peers::{TIME_TO_BUILD, is_installed},
    support::{command, example, program, within},
};

/// The servers, and the tools that they need.
const SERVERS_BY_TOOL: [(&str, &[&str]); 6] = [
    ("cc", &["C"]),
    ("go", &["Go"]),
    ("elixir", &["Elixir"]),
    ("node", &["Node"]),
    ("python3", &["Python"]),
    ("sh", &["`server`", "`tuned`", "threads"]),
];

/// Between two looks at the processes.
const LOOK: Duration = Duration::from_millis(5);

/// A command that measures with few clients, for a moment, and puts the
/// results into a folder. It is killed with the test.
fn compare(folder: &Path) -> Command {
    for name in ["load", "server", "tuned"] {
        program(name);
    }
    for name in ["threads", "knobs", "uring"] {
        example(name);
    }
    let mut compare = command("compare");
    compare
        .args(["--built", "--rounds", "1", "--clients", "2"])
        .args(["--idle", "20", "--results"])
        .arg(folder)
        .stdin(Stdio::null());
    compare
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap()
}

#[tokio::test]
async fn every_server_that_is_installed_is_compared() {
    let folder = tempfile::tempdir().unwrap();
    let mut compare = compare(folder.path());
    let running = compare.args(["--time", "50ms"]).output();
    let output = timeout(TIME_TO_BUILD, running).await.expect("an end");
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");

    let [talk, open] =
        ["compare.md", "open.md"].map(|name| read(folder.path(), name));
    assert_rows([&talk, &open]);
    assert!(!open.contains("went wrong"), "{open}");
    assert!(!open.contains("| only "), "{open}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains(&talk), "{stdout}");
    for (table, row) in [
        ("printing.md", "| nothing | "),
        ("queue.md", "| 4,096 | "),
        ("memory.md", "| in the thread | "),
        ("calls.md", "| `readable` and `try_read` | "),
        ("threads.md", "| a thread of its own | "),
        ("cores.md", "| 1 thread | "),
        ("uring.md", "| `tuned`, by epoll | "),
        ("profile.md", "| `fast` | "),
    ] {
        assert!(read(folder.path(), table).contains(row), "{table}");
    }
    if is_installed("strace") {
        let calls = read(folder.path(), "calls.md");
        assert!(!calls.contains("went wrong"), "{calls}");
        assert!(!calls.contains("| – |"), "{calls}");
    }
    for (drawing, part) in [
        ("compare.svg", ">server</text>"),
        ("memory.svg", "KiB</text>"),
        ("stall.svg", "<polyline "),
    ] {
        assert!(read(folder.path(), drawing).contains(part), "{drawing}");
    }
    assert!(read(folder.path(), "stall.md").contains("| the slowest | "));
}

/// A row for each server that is installed.
fn assert_rows(tables: [&str; 2]) {
    for (tool, servers) in SERVERS_BY_TOOL {
        let is_there = tool == "sh" || is_installed(tool);
        for server in servers {
            let row = format!("| {server} | ");
            for table in tables {
                assert_eq!(table.contains(&row), is_there, "{table}");
            }
        }
    }
}

/// What was measured is written, whoever reads along.
#[tokio::test]
async fn a_comparison_that_nobody_reads_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut compare = compare(folder.path());
    compare.args(["--only", "server", "--time", "50ms"]);
    compare.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = compare.spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    let status = within("its end", child.wait()).await.unwrap();
    assert!(status.success(), "{status}");
    for table in ["compare.md", "open.md"] {
        assert!(read(folder.path(), table).contains("| `server` |"));
    }
}

/// Whether it is killed, or somebody types Ctrl-C.
#[tokio::test]
async fn a_comparison_that_is_stopped_leaves_no_server() {
    for signal in [Signal::SIGKILL, Signal::SIGINT] {
        let folder = tempfile::tempdir().unwrap();
        let mut compare = compare(folder.path());
        compare.args(["--only", "server", "--time", "10s"]);
        compare.stdout(Stdio::null()).stderr(Stdio::null());
        let temporary = tempfile::tempdir().unwrap();
        compare.env("TMPDIR", temporary.path());
        let mut child = compare.spawn().unwrap();
        let server = within("a server", server_of(&child, "server")).await;
        let id = child.id().unwrap().cast_signed();
        kill(Pid::from_raw(id), signal).unwrap();
        within("its end", child.wait()).await.unwrap();
        // Who is killed cannot clear up.
        let left = fs::read_dir(&temporary).unwrap().count();
        assert!(left == 0 || signal == Signal::SIGKILL, "a folder is left");
        within("the server's end", end_of(&server)).await;
    }
}

/// The calls of a server are counted by a process that watches it.
#[tokio::test]
async fn a_comparison_that_is_killed_leaves_no_server_that_is_watched() {
    if !is_installed("strace") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut compare = compare(folder.path());
    compare.args(["--only", "read", "--time", "1s"]);
    compare.stdout(Stdio::null()).stderr(Stdio::null());
    compare.env("TMPDIR", folder.path());
    let mut child = compare.spawn().unwrap();
    let watched = async {
        loop {
            let server = server_of(&child, "knobs").await;
            let tracer = line_of(&server, "TracerPid:");
            let tracer = tracer.filter(|tracer| tracer != "0");
            if let Some(tracer) = tracer {
                return [server, format!("/proc/{tracer}").into()];
            }
            sleep(LOOK).await;
        }
    };
    let both = within("a watched server", watched).await;
    child.kill().await.unwrap();
    for process in both {
        within("its end", end_of(&process)).await;
    }
}

/// Waits until a process has ended, whether or not somebody waits for it.
async fn end_of(process: &Path) {
    let state = || line_of(process, "State:");
    while state().is_some_and(|state| !state.starts_with('Z')) {
        sleep(LOOK).await;
    }
}

/// What the system tells of a process, in the line with this name.
fn line_of(process: &Path, name: &str) -> Option<String> {
    let status = fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().to_owned())
}

/// Where the system tells of a server, once it is started.
async fn server_of(compare: &Child, name: &str) -> PathBuf {
    let compare = compare.id().unwrap();
    loop {
        for guard in children(compare) {
            for server in children(guard) {
                let process = PathBuf::from(format!("/proc/{server}"));
                let program = fs::read_link(process.join("exe"));
                if program.is_ok_and(|path| path.ends_with(name)) {
                    return process;
                }
            }
        }
        sleep(LOOK).await;
    }
}

fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task"));
    let threads = threads.into_iter().flatten().flatten();
    let ids = threads.filter_map(|thread| {
        fs::read_to_string(thread.path().join("children")).ok()
    });
    let ids: Vec<_> = ids.collect();
    let ids = ids.iter().flat_map(|ids| ids.split_whitespace());
    ids.map(|id| id.parse().unwrap()).collect()
}
