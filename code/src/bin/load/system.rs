//! What the system allows, and what it has counted: open files, and time.

use std::time::Duration;

use anyhow::Result;
use echo::{cli::complain, files::need_files};
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};

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
    let before = need_files(files, &format!("{connections} connections"))?;
    if before < files {
        complain(&format!(
            "raised the limit of open files: {before} to {files}"
        ));
    }
    Ok(())
}

/// How long this process has used a processor, the system's part included.
///
/// # Errors
///
/// None that is expected.
pub fn computed() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let time = usage.user_time() + usage.system_time();
    Ok(Duration::from_micros(
        time.num_microseconds().cast_unsigned(),
    ))
}
