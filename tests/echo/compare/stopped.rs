//! A comparison that does not come to its end, and what it has started.

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
use tokio::{process::Child, time::sleep};

use super::{compare, may_watch};
use crate::support::within;

/// Between two looks at the processes.
const LOOK: Duration = Duration::from_millis(5);

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
    if !may_watch() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut compare = compare(folder.path());
    compare.args(["--only", "read", "--time", "1s"]);
    compare.stdout(Stdio::null()).stderr(Stdio::null());
    compare.env("TMPDIR", folder.path());
    let mut child = compare.spawn().unwrap();
    let both = within("a watched server", watched(&child, "knobs")).await;
    child.kill().await.unwrap();
    for process in both {
        within("its end", end_of(&process)).await;
    }
}

/// Where the system tells of a server that is watched, and of who watches it.
async fn watched(compare: &Child, name: &str) -> [PathBuf; 2] {
    loop {
        let server = server_of(compare, name).await;
        match line_of(&server, "TracerPid:") {
            Some(tracer) if tracer != "0" => {
                return [server, format!("/proc/{tracer}").into()];
            }
            _ => sleep(LOOK).await,
        }
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
