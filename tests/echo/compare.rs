use std::{env, fs, path::Path, process::Stdio};

use tokio::{process::Command, time::timeout};

use crate::{
    peers::{TIME_TO_BUILD, is_installed},
    support::{command, example, program, within},
};

mod stopped;

/// The servers, and the tools that they need.
const SERVERS_BY_TOOL: [(&str, &[&str]); 6] = [
    ("cc", &["C"]),
    ("go", &["Go"]),
    ("elixir", &["Elixir"]),
    ("node", &["Node"]),
    ("python3", &["Python"]),
    ("sh", &["`server`", "`tuned`", "threads"]),
];

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
    assert_steps(folder.path());
    assert_drawings(folder.path());
}

/// Whether `strace` is there, and may watch a process.
fn may_watch() -> bool {
    if !is_installed("strace") {
        return false;
    }
    let mut strace = std::process::Command::new("strace");
    let script = "grep TracerPid: /proc/$$/status";
    let watched = strace.args(["-D", "-o", "/dev/null", "sh", "-c", script]);
    let said = String::from_utf8(watched.output().unwrap().stdout).unwrap();
    let may = said.trim_end() != "TracerPid:\t0";
    assert!(may || env::var_os("CI").is_none(), "strace may not watch");
    may
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

/// A table for each list of settings.
fn assert_steps(folder: &Path) {
    for (table, row) in [
        ("printing.md", "| nothing | "),
        ("queue.md", "| 4,096 | "),
        ("memory.md", "| in the thread | "),
        ("calls.md", "| `readable` and `try_read` | "),
        ("workers.md", "| `new_current_thread` | "),
        ("cores.md", "| 1 thread | "),
        ("uring.md", "| `tuned`, by epoll | "),
        ("profile.md", "| `fast` | "),
    ] {
        assert!(read(folder, table).contains(row), "{table}");
    }
    if may_watch() {
        // The calls are in the last column. On a machine that is busy, a short
        // round may have no echo, and nothing is compared with that.
        let calls = read(folder, "calls.md");
        assert!(!calls.contains("| – |\n"), "{calls}");
        assert!(!calls.contains(", strace: "), "{calls}");
    }
    assert!(read(folder, "stall.md").contains("| the slowest | "));
}

fn assert_drawings(folder: &Path) {
    for (drawing, part) in [
        ("compare.svg", ">server</text>"),
        ("memory.svg", "KiB</text>"),
        ("stall.svg", "<polyline "),
    ] {
        assert!(read(folder, drawing).contains(part), "{drawing}");
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
