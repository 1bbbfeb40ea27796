//! Running a test program, and ending it when it takes too long.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

/// The longest time that a test program may take.
pub const LIMIT: Duration = Duration::from_secs(20);

/// What has come of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It has passed.
    Passed,
    /// It has failed.
    Failed,
    /// It was still running when the program was ended.
    Hung,
}

/// What has come of a test program.
#[derive(Debug)]
pub struct Run {
    /// Its tests.
    pub tests: BTreeMap<String, Verdict>,
    /// All that it has printed.
    pub output: String,
}

impl Run {
    /// Whether all tests have passed, and there are any.
    pub fn passed(&self) -> bool {
        let passed = |verdict: &Verdict| *verdict == Verdict::Passed;
        !self.tests.is_empty() && self.tests.values().all(passed)
    }
}

/// Runs the test program in the folder, and ends it after [`LIMIT`].
///
/// # Errors
///
/// When it cannot be started.
pub fn run(program: &Path, folder: &Path) -> io::Result<Run> {
    let list = command(program, folder).arg("--list").output()?;
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    let names = list.lines().filter_map(|line| line.strip_suffix(": test"));
    let mut tests: BTreeMap<String, Verdict> =
        names.map(|name| (name.to_owned(), Verdict::Hung)).collect();

    let mut child = command(program, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (sender, receiver) = channel();
    let mut readers = Vec::new();
    for stream in streams(&mut child) {
        let sender = sender.clone();
        readers.push(thread::spawn(move || {
            let mut stream = stream;
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut buffer) {
                let _ = sender.send(buffer[..length].to_vec());
            }
        }));
    }
    drop(sender);
    let end = Instant::now() + LIMIT;
    let mut output = Vec::new();
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(left) {
            Ok(bytes) => output.extend(bytes),
            // The output has ended, or the time is over.
            Err(_) => break,
        }
    }
    // It may have closed its output and go on, or not have ended in time.
    while child.try_wait()?.is_none() && Instant::now() < end {
        thread::sleep(Duration::from_millis(1));
    }
    let _ = child.kill();
    child.wait()?;
    for reader in readers {
        let _ = reader.join();
    }
    output.extend(receiver.try_iter().flatten());

    let output = String::from_utf8_lossy(&output).into_owned();
    for line in output.lines() {
        let line = line.strip_prefix("test ").unwrap_or_default();
        let Some((name, result)) = line.split_once(" ... ") else {
            continue;
        };
        let verdict = match result {
            "ok" => Verdict::Passed,
            _ => Verdict::Failed,
        };
        if let Some(test) = tests.get_mut(name) {
            *test = verdict;
        }
    }
    Ok(Run { tests, output })
}

fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null());
    command
}

fn streams(child: &mut Child) -> Vec<Box<dyn Read + Send>> {
    let mut streams: Vec<Box<dyn Read + Send>> = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        streams.push(Box::new(stdout));
    }
    if let Some(stderr) = child.stderr.take() {
        streams.push(Box::new(stderr));
    }
    streams
}
