//! What the operating system allows a process, and does to it.

use std::fs;

use anyhow::Result;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// The processors of the server and of `load`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cores {
    pub server: usize,
    pub load: usize,
}

/// The first two processors that this process may use, if there are two.
#[cfg(target_os = "linux")]
pub fn cores() -> Option<Cores> {
    use nix::sched::{CpuSet, sched_getaffinity};

    let mine = sched_getaffinity(Pid::from_raw(0)).ok()?;
    let may_use = |core: &usize| mine.is_set(*core).unwrap_or(false);
    let mut cores = (0..CpuSet::count()).filter(may_use);
    Some(Cores {
        server: cores.next()?,
        load: cores.next()?,
    })
}

#[cfg(not(target_os = "linux"))]
pub fn cores() -> Option<Cores> {
    None
}

/// Whether a process runs. One that has ended, and that nobody has waited for,
/// does not.
pub fn is_running(process: u32) -> bool {
    let id = Pid::from_raw(process.cast_signed());
    let status = fs::read_to_string(format!("/proc/{process}/status"));
    let is_dead = status.is_ok_and(|status| status.contains("State:\tZ"));
    kill(id, None).is_ok() && !is_dead
}

/// Whether another process watches what this one calls.
pub fn is_traced(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status"));
    status.is_ok_and(|status| !status.contains("TracerPid:\t0\n"))
}

/// Has a server stand still, until this is dropped.
pub struct Stopped(Pid);

impl Stopped {
    /// Stops it.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn stop(process: u32) -> Result<Stopped> {
        let id = Pid::from_raw(process.cast_signed());
        kill(id, Signal::SIGSTOP)?;
        Ok(Stopped(id))
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        // If it has ended, there is nothing that could go on.
        let _ = kill(self.0, Signal::SIGCONT);
    }
}
