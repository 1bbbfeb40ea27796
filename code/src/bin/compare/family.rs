//! What the operating system tells of a process and of those that it has
//! started: a server may be several.
//!
//! Only Linux tells it. On other systems it is not known.

use std::{
    fs,
    iter::{self, Sum},
    ops::Sub,
    time::Duration,
};

/// How long a process and those that it has started have computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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

impl Sum for Computed {
    fn sum<I: Iterator<Item = Computed>>(all: I) -> Computed {
        all.fold(Computed::default(), |sum, one| Computed {
            all: sum.all + one.all,
            program: sum.program + one.program,
            system: sum.system + one.system,
        })
    }
}

/// How long a process and those that it has started have computed up to now.
pub fn computed(process: u32) -> Option<Computed> {
    let of_one = |process| {
        let (program, system) = ticks(process)?;
        let all = all_time(process)?;
        Some(Computed {
            all,
            program,
            system,
        })
    };
    of_family(process, of_one)
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
    of_family(process, size)
}

/// The sum over a process and all that it has started. It is known if that of
/// the process is: the others may end meanwhile.
fn of_family<T: Sum>(
    process: u32,
    known: impl Fn(u32) -> Option<T>,
) -> Option<T> {
    let own = known(process)?;
    let others = family(process).into_iter().skip(1).filter_map(known);
    Some(iter::once(own).chain(others).sum())
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

/// How long a process has computed, with all threads that it has had.
#[cfg(target_os = "linux")]
fn all_time(process: u32) -> Option<Duration> {
    use nix::{time::ClockId, unistd::Pid};

    let id = Pid::from_raw(process.cast_signed());
    let clock = ClockId::pid_cpu_clock_id(id).ok()?;
    Some(clock.now().ok()?.into())
}

#[cfg(not(target_os = "linux"))]
fn all_time(_: u32) -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::{Computed, number};

    #[test]
    fn a_size_is_found_by_its_name() {
        let sizes = "Rss:      2560 kB\nPss:      1284 kB\nPss_Anon: 12 kB\n";
        assert_eq!(number(sizes, "Pss:"), Some(1284));
        assert_eq!(number(sizes, "Swap:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn who_has_ended_meanwhile_does_not_count() {
        use super::{family, of_family};

        let child = std::process::Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .spawn();
        let mut child = child.unwrap();
        let (me, ended) = (std::process::id(), child.id());
        let known = |process| (process != ended).then_some(1_u32);
        assert!(family(me).contains(&ended));
        assert!(of_family(me, known) > Some(0));
        assert_eq!(of_family(ended, known), None);
        drop(child.stdin.take());
        child.wait().unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_has_memory_and_computes() {
        use super::{computed, memory};

        let me = std::process::id();
        assert!(memory(me) > Some(0));
        let all = computed(me).map(|computed| computed.all);
        assert!(all > Some(std::time::Duration::ZERO));
    }

    #[test]
    fn the_own_part_is_what_is_not_the_systems() {
        let computed = |program, system| Computed {
            program,
            system,
            ..Computed::default()
        };
        assert_eq!((computed(4, 9) - computed(1, 0)).own(), Some(0.25));
        assert_eq!((computed(4, 9) - computed(4, 9)).own(), None);
    }
}
