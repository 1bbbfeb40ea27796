//! Open files that outlive a program: `exec` replaces the program of a
//! process, and closes only those files that are marked for it.

use std::{
    convert::Infallible,
    ffi::CString,
    io,
    os::{
        fd::{AsFd, FromRawFd, OwnedFd, RawFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
};

use anyhow::Context;

use nix::{
    fcntl::{FcntlArg, FdFlag, fcntl},
    sys::signal::{SigSet, Signal},
};

/// Whether a file stays open when the process becomes another program. Rust
/// marks every file that it opens as one to be closed.
///
/// # Errors
///
/// When the operating system refuses.
pub fn keep(file: impl AsFd, keep: bool) -> io::Result<()> {
    let flag = match keep {
        true => FdFlag::empty(),
        false => FdFlag::FD_CLOEXEC,
    };
    fcntl(file, FcntlArg::F_SETFD(flag))?;
    Ok(())
}

/// Takes over a file that the last program has left open under this number.
/// From now on it is closed like any other, also by the next `exec`.
///
/// Take a number only once, and only one that was left to this program. It is
/// for the first lines of `main`, when nothing else has opened files yet.
///
/// # Errors
///
/// When no file is open under this number.
// ANCHOR: inherit
#[allow(unsafe_code)]
pub fn inherit(number: RawFd) -> io::Result<OwnedFd> {
    if number < 3 {
        return Err(io::Error::other("that is a standard stream"));
    }
    // SAFETY: whoever calls this has been left the number by the last program,
    // which cleared the mark that closes the file. Nobody else in this program
    // knows the number, so nobody else owns or closes the file.
    let file = unsafe { OwnedFd::from_raw_fd(number) };
    match keep(&file, false) {
        Ok(()) => Ok(file),
        Err(error) => {
            // There is no such file, so there is nothing to close.
            std::mem::forget(file);
            Err(error)
        }
    }
}
// ANCHOR_END: inherit

/// Replaces the program of this process. It returns only if that is
/// impossible, and then nothing has changed.
///
/// # Errors
///
/// The reason: there is no such file, or it is no program.
// ANCHOR: execute
pub fn execute(
    program: &Path,
    args: impl IntoIterator<Item = impl Into<Vec<u8>>>,
) -> anyhow::Result<Infallible> {
    let mut words = vec![CString::new(program.as_os_str().as_bytes())?];
    for arg in args {
        words.push(CString::new(arg)?);
    }
    nix::unistd::execv(&words[0], &words)
        .with_context(|| format!("cannot become {}", program.display()))
}
// ANCHOR_END: execute

/// Holds back SIGHUP, also for the program that this one becomes: until it has
/// a handler, the signal would end it. A signal that is held back is not lost.
///
/// # Errors
///
/// When the operating system refuses.
// ANCHOR: hold_hangups
pub fn hold_hangups(hold: bool) -> io::Result<()> {
    let mut hangup = SigSet::empty();
    hangup.add(Signal::SIGHUP);
    match hold {
        true => hangup.thread_block()?,
        false => hangup.thread_unblock()?,
    }
    Ok(())
}
// ANCHOR_END: hold_hangups
