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

fn is_kept(file: impl AsFd) -> io::Result<bool> {
    let flags = FdFlag::from_bits_retain(fcntl(file, FcntlArg::F_GETFD)?);
    Ok(!flags.contains(FdFlag::FD_CLOEXEC))
}

/// Takes over a file that the last program has left open under this number.
/// From now on it is closed like any other, also by the next `exec`.
///
/// # Errors
///
/// When no file is open under this number, or it is one that this program has
/// opened or taken over itself.
// ANCHOR: inherit
#[allow(unsafe_code)]
pub fn inherit(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: what this program opens is marked to be closed by exec. If this
    // file is not marked, it was left by the last program, and nobody in this
    // one owns it. If it is marked, or not open, it is not kept here.
    let file = unsafe { OwnedFd::from_raw_fd(number) };
    let taken = is_kept(&file).and_then(|kept| match kept {
        true if number > 2 => keep(&file, false),
        _ => Err(io::Error::other("it was not left by the last program")),
    });
    match taken {
        Ok(()) => Ok(file),
        Err(error) => {
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

/// Holds back SIGHUP in this thread, which is the only one that exec keeps.
/// Until the new program has a handler, the signal would end it. A signal that
/// another thread takes before exec is forgotten.
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
