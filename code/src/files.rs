//! How many files a process may open. A connection is one.
//!
//! There are two limits (`getrlimit(2)`, `RLIMIT_NOFILE`): the soft one is in
//! force, and a process may raise it up to the hard one. Those that it starts
//! inherit both. Systems other than Unix have no such limit.

#[cfg(unix)]
use anyhow::Context;
#[cfg(unix)]
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// No program of the book makes use of more.
#[cfg(unix)]
const MOST_FILES: u64 = crate::limits::MOST_CLIENTS as u64 + 1024;

/// Sees to it that the process may open so many `files`, which `whoever` takes.
/// Returns how many it could open before.
///
/// # Errors
///
/// When the system does not allow so many.
// ANCHOR: need_files
#[cfg(unix)]
pub fn need_files(files: u64, whoever: &str) -> anyhow::Result<u64> {
    let (now, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    anyhow::ensure!(
        files <= most,
        "{whoever} take {files} files, and the system allows {most} \
         (see ulimit -Hn)",
    );
    if now < files {
        setrlimit(Resource::RLIMIT_NOFILE, files, most)
            .with_context(|| format!("cannot open {files} files"))?;
    }
    Ok(now)
}
// ANCHOR_END: need_files

/// Other systems have no such limit.
#[cfg(not(unix))]
pub fn need_files(_: u64, _: &str) -> anyhow::Result<u64> {
    Ok(u64::MAX)
}

/// Lets the process open as many files as the system allows without asking
/// anybody, up to some more than a hundred thousand. Returns how many.
///
/// # Errors
///
/// When the system tells no limit.
// ANCHOR: allow_files
#[cfg(unix)]
pub fn allow_files() -> nix::Result<u64> {
    let (now, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let wanted = most.min(MOST_FILES).max(now);
    // macOS may allow fewer than it says. Then there are no more than now.
    let raised = setrlimit(Resource::RLIMIT_NOFILE, wanted, most);
    Ok(raised.map_or(now, |()| wanted))
}
// ANCHOR_END: allow_files

/// Other systems have no such limit.
#[cfg(not(unix))]
pub fn allow_files() -> std::io::Result<u64> {
    Ok(u64::MAX)
}
