//! What the system allows: open files, and which processor.

use std::io::{self, Write};

use anyhow::{Context, Result, ensure};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// The files that the program opens for itself, or was given by who started
/// it: input and output, what `mio` needs.
const OWN_FILES: u64 = 16;

/// Sees to it that the process may open so many connections, and says on
/// stderr when that took a higher limit.
///
/// # Errors
///
/// When the system does not allow so many.
pub fn allow_files(connections: u32) -> Result<()> {
    let files = u64::from(connections) + OWN_FILES;
    let (now, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    ensure!(
        files <= most,
        "{connections} connections take {files} files, and the system allows \
         {most} (see ulimit -Hn)",
    );
    if files > now {
        setrlimit(Resource::RLIMIT_NOFILE, files, most)
            .with_context(|| format!("cannot open {files} files"))?;
        say(&format!("raised the limit of open files: {now} to {files}"));
    }
    Ok(())
}

/// Keeps this thread, and those that it starts, on one processor.
///
/// # Errors
///
/// When there is no such processor, or the process may not use it.
#[cfg(target_os = "linux")]
pub fn pin(core: usize) -> Result<()> {
    use nix::{
        sched::{CpuSet, sched_setaffinity},
        unistd::Pid,
    };

    let mut cores = CpuSet::new();
    // The process 0 is this one.
    cores
        .set(core)
        .and_then(|()| sched_setaffinity(Pid::from_raw(0), &cores))
        .with_context(|| format!("cannot run on processor {core} alone"))
}

/// Other systems do not let a program choose.
///
/// # Errors
///
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn pin(core: usize) -> Result<()> {
    anyhow::bail!("processor {core}: only Linux lets a program choose")
}

/// Prints on stderr. Unlike `eprintln!` it does not panic when it cannot.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
