//! What the operating system tells of a process, and does to it.
//!
//! Only Linux tells most of it. On other systems it is not known.

use std::{fs, ops::Sub, time::Duration};

use anyhow::{Result, ensure};
use nix::{
    sys::{
        resource::{Resource, getrlimit, setrlimit},
        signal::{Signal, kill},
    },
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

/// Keeps this process, and what it becomes, on one processor.
///
/// # Errors
///
/// When this process may not use it.
#[cfg(target_os = "linux")]
pub fn pin(core: usize) -> Result<()> {
    use nix::sched::{CpuSet, sched_setaffinity};

    let mut cores = CpuSet::new();
    cores.set(core)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &cores)?)
}

/// How long a process has computed, with all threads that it has had.
#[cfg(target_os = "linux")]
fn all_time(process: u32) -> Option<Duration> {
    let id = Pid::from_raw(process.cast_signed());
    let clock = nix::time::ClockId::pid_cpu_clock_id(id).ok()?;
    Some(clock.now().ok()?.into())
}

#[cfg(not(target_os = "linux"))]
pub fn cores() -> Option<Cores> {
    None
}

#[cfg(not(target_os = "linux"))]
pub fn pin(_: usize) -> Result<()> {
    anyhow::bail!("only Linux keeps a process on a processor")
}

#[cfg(not(target_os = "linux"))]
fn all_time(_: u32) -> Option<Duration> {
    None
}

/// How long a process and those that it has started have computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Computed {
    pub all: Duration,
    /// Clock ticks in which the program was found at work, and those in which
    /// the system was, for the program.
    program: u64,
    system: u64,
}

impl Computed {
    /// The program's own part of the time. The rest is what the system does
    /// for it.
    pub fn own(self) -> Option<f64> {
        let ticks = self.program + self.system;
        (ticks > 0).then(|| self.program as f64 / ticks as f64)
    }
}

impl Sub for Computed {
    type Output = Computed;

    fn sub(self, before: Computed) -> Computed {
        Computed {
            all: self.all.saturating_sub(before.all),
            program: self.program.saturating_sub(before.program),
            system: self.system.saturating_sub(before.system),
        }
    }
}

/// How long a process and those that it has started have computed up to now,
/// if the system tells.
pub fn computed(process: u32) -> Option<Computed> {
    let nothing = Computed {
        all: Duration::ZERO,
        program: 0,
        system: 0,
    };
    family(process).into_iter().try_fold(nothing, |sum, one| {
        let (program, system) = ticks(one)?;
        Some(Computed {
            all: sum.all + all_time(one)?,
            program: sum.program + program,
            system: sum.system + system,
        })
    })
}

/// The ticks of the program and of the system, as `proc(5)` has them.
fn ticks(process: u32) -> Option<(u64, u64)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program may have anything in it, but ends here.
    let (_, numbers) = stat.rsplit_once(')')?;
    let mut numbers = numbers.split_whitespace().skip(11);
    let mut next = || numbers.next()?.parse().ok();
    Some((next()?, next()?))
}

/// The memory of a process and of those that it has started, in bytes. What
/// several processes share, each has a part of.
pub fn memory(process: u32) -> Option<u64> {
    let size = |process: u32| {
        let rollup = format!("/proc/{process}/smaps_rollup");
        let sizes = fs::read_to_string(rollup).ok()?;
        number(&sizes, "Pss:").map(|kib| kib * 1024)
    };
    family(process).into_iter().map(size).sum()
}

/// The number after a word at the start of a line.
fn number(text: &str, word: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(word))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A process and all that it has started, in whatever generation.
fn family(process: u32) -> Vec<u32> {
    let mut family = vec![process];
    let mut next = 0;
    while let Some(process) = family.get(next) {
        let threads = fs::read_dir(format!("/proc/{process}/task"));
        let threads = threads.into_iter().flatten().flatten();
        let children: Vec<_> = threads
            .filter_map(|thread| {
                fs::read_to_string(thread.path().join("children")).ok()
            })
            .collect();
        let ids = children.iter().flat_map(|ids| ids.split_whitespace());
        family.extend(ids.filter_map(|id| id.parse::<u32>().ok()));
        next += 1;
    }
    family
}

/// Whether a process runs. One that has ended, and that nobody has waited for,
/// does not.
pub fn is_running(process: u32) -> bool {
    let id = Pid::from_raw(process.cast_signed());
    let status = fs::read_to_string(format!("/proc/{process}/status"));
    let is_dead = status.is_ok_and(|status| status.contains("State:\tZ"));
    kill(id, None).is_ok() && !is_dead
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

/// Allows this process and its children so many files.
///
/// # Errors
///
/// When the system allows fewer.
pub fn allow_files(files: u32) -> Result<()> {
    let files = files.into();
    let (now, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    ensure!(
        files <= most,
        "{files} files are needed, and the system allows {most} (see ulimit \
         -Hn, and --idle)",
    );
    Ok(setrlimit(Resource::RLIMIT_NOFILE, now.max(files), most)?)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_size_is_found_by_its_name() {
        let sizes = "Rss:      2560 kB\nPss:      1284 kB\nPss_Anon: 12 kB\n";
        assert_eq!(number(sizes, "Pss:"), Some(1284));
        assert_eq!(number(sizes, "Swap:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_has_memory_and_computes() {
        use super::{computed, is_running, memory};

        let me = std::process::id();
        assert!(is_running(me));
        assert!(memory(me) > Some(0));
        let all = computed(me).map(|computed| computed.all);
        assert!(all > Some(std::time::Duration::ZERO));
    }

    #[test]
    fn the_own_part_is_what_is_not_the_systems() {
        let computed = |program, system| super::Computed {
            all: std::time::Duration::ZERO,
            program,
            system,
        };
        assert_eq!((computed(4, 9) - computed(1, 0)).own(), Some(0.25));
        assert_eq!((computed(4, 9) - computed(4, 9)).own(), None);
    }
}
