//! A terminal of its own for each command: typed into, read line by line, and
//! closed without leaving anything behind.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Write},
    os::fd::AsFd,
    path::Path,
    process::Child,
    sync::{Arc, OnceLock, atomic::AtomicBool, mpsc::channel},
    thread,
    time::Duration,
};

use pty_process::blocking;
use rustix::{
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid},
    termios::{self, LocalModes, OptionalActions, OutputModes},
};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// The longest line that is told as one, in bytes. A program that never ends
/// its line must not fill the memory.
const LONGEST: u64 = 64 << 10;

/// Something that happened in a terminal.
#[derive(Debug)]
pub struct Event {
    /// The terminal's name.
    pub terminal: String,
    /// The line that was printed; none when the program and everything that it
    /// has started have closed the terminal.
    pub line: Option<String>,
}

/// A command that runs in a terminal.
///
/// Dropping it kills the command and whatever that has started. Should this
/// process die before it can, the system hangs the terminal up, which ends
/// them as well.
pub struct Terminal {
    pty: blocking::Pty,
    child: Child,
}

impl Terminal {
    /// Starts `command` in a shell, and tells what happens as `name`.
    ///
    /// # Errors
    ///
    /// When the system has no terminal or process to give.
    pub fn start(
        name: &str,
        command: &str,
        folder: &Path,
        environment: &BTreeMap<String, String>,
        tell: impl Fn(Event) + Send + 'static,
    ) -> io::Result<Terminal> {
        heed_signals()?;
        let (pty, pts) = blocking::open().map_err(io::Error::other)?;
        quiet(&pty)?;
        let output = pty.as_fd().try_clone_to_owned()?;
        let mut shell = blocking::Command::new("sh");
        // What cargo tells its tests is not for the reader's commands.
        for (key, _) in std::env::vars_os() {
            let name = key.to_string_lossy();
            let kept = ["CARGO_HOME", "CARGO_TARGET_DIR"].contains(&&*name);
            if name.starts_with("CARGO") && !kept {
                shell = shell.env_remove(key);
            }
        }
        let shell = shell.arg("-c").arg(command).current_dir(folder);
        let child = shell
            .envs(environment)
            .spawn(pts)
            .map_err(io::Error::other)?;
        let name = name.to_owned();
        // It ends with the last program that has the terminal open. That may
        // be one that has left the group, so nobody waits for it.
        thread::spawn(move || read(&name, output.into(), &tell));
        Ok(Terminal { pty, child })
    }

    /// Types these bytes.
    ///
    /// # Errors
    ///
    /// When the terminal has been closed, or nobody takes them before the
    /// deadline.
    pub fn write(
        &mut self,
        bytes: &[u8],
        deadline: Duration,
    ) -> io::Result<()> {
        let mut input = File::from(self.pty.as_fd().try_clone_to_owned()?);
        let bytes = bytes.to_owned();
        let (done, written) = channel();
        // A terminal that is full makes its writer wait. This one ends, at the
        // latest, with the terminal.
        thread::spawn(move || {
            let _ = done.send(input.write_all(&bytes));
        });
        let written = written.recv_timeout(deadline);
        written.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Whether the command is still running. It is not reaped here: as long
    /// as it is not, nobody else can get its number.
    pub fn is_running(&self) -> bool {
        let options = WaitIdOptions::EXITED
            | WaitIdOptions::NOHANG
            | WaitIdOptions::NOWAIT;
        let Some(pid) = Pid::from_raw(self.child.id().cast_signed()) else {
            return false;
        };
        matches!(waitid(WaitId::Pid(pid), options), Ok(None))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The shell leads a group of its own, which has all that it started.
        if let Some(group) = Pid::from_raw(self.child.id().cast_signed()) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// The signals by which a terminal or a person ends a program.
const ENDING: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Sees to it that programs started from now on heed Ctrl-C, and the end of
/// their terminal.
///
/// A process that a shell has started in the background may have been told to
/// ignore the one, and under `nohup` the other, and so would all that it
/// starts. One that handles a signal passes the default on. Signals that are
/// not ignored are left as they are.
///
/// # Errors
///
/// When the system does not allow it.
pub fn heed_signals() -> io::Result<()> {
    static HEEDED: OnceLock<()> = OnceLock::new();
    if HEEDED.set(()).is_err() {
        return Ok(());
    }
    let ignored = ignored_signals();
    for signal in ENDING
        .into_iter()
        .filter(|one| ignored >> (one - 1) & 1 == 1)
    {
        let unused = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal, unused)?;
    }
    Ok(())
}

/// What this process ignores, a bit for each signal, where Linux is at hand to
/// tell.
fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.map(|mask| u64::from_str_radix(mask.trim(), 16));
    mask.and_then(Result::ok).unwrap_or_default()
}

/// No echo of what is typed, and no carriage returns in what is printed.
fn quiet(pty: &blocking::Pty) -> io::Result<()> {
    let mut modes = termios::tcgetattr(pty)?;
    modes.local_modes.remove(LocalModes::ECHO);
    modes.output_modes.remove(OutputModes::OPOST);
    termios::tcsetattr(pty, OptionalActions::Now, &modes)?;
    Ok(())
}

/// Tells each line as it comes, and at last that there are no more.
fn read(name: &str, output: File, tell: &impl Fn(Event)) {
    let tell = |line: Option<String>| {
        tell(Event {
            terminal: name.to_owned(),
            line,
        });
    };
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    // A terminal whose last program has gone reports an error, not an end, and
    // may do so behind a line that was not ended.
    while output
        .by_ref()
        .take(LONGEST)
        .read_until(b'\n', &mut line)
        .is_ok_and(|length| length > 0)
        || !line.is_empty()
    {
        let text = String::from_utf8_lossy(&line);
        tell(Some(text.trim_end_matches(['\n', '\r']).to_owned()));
        line.clear();
    }
    tell(None);
}
