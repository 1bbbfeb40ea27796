//! A processor for a program. `compare` shares this with `load`.

use anyhow::Result;

/// Keeps this thread, and those that it starts, on one processor.
///
/// # Errors
///
/// When there is no such processor, or the process may not use it.
#[cfg(target_os = "linux")]
pub fn pin(core: usize) -> Result<()> {
    use anyhow::Context;
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
