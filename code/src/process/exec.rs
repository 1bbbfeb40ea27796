//! Becoming another program, and the files that stay open then.

use std::{
    convert::Infallible,
    ffi::CString,
    io,
    os::{
        fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd, RawFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
};

use anyhow::Context;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};

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

/// Files that stay open when the process becomes another program, as long
/// as this value lives. Rust marks every file that it opens as one to be
/// closed then; here the mark is taken off, and dropping puts it back.
// ANCHOR: kept
#[derive(Debug, Default)]
pub(crate) struct Kept<'a>(Vec<BorrowedFd<'a>>);

impl<'a> Kept<'a> {
    pub(crate) fn new(
        files: impl IntoIterator<Item = BorrowedFd<'a>>,
    ) -> io::Result<Kept<'a>> {
        let mut kept = Kept::default();
        for file in files {
            mark(file, false)?;
            kept.0.push(file);
        }
        Ok(kept)
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        for file in &self.0 {
            // One that fails is no reason to leave out the others.
            let _ = mark(file, true);
        }
    }
}
// ANCHOR_END: kept

/// Marks an open file as one that exec closes, or as one that it keeps.
fn mark(file: impl AsFd, close: bool) -> io::Result<()> {
    let flag = match close {
        true => FdFlag::FD_CLOEXEC,
        false => FdFlag::empty(),
    };
    fcntl(file, FcntlArg::F_SETFD(flag))?;
    Ok(())
}

/// Takes over a file that the last program has left open under this
/// number. From now on it is closed like any other, also by the next
/// `exec`.
///
/// # Errors
///
/// When the number is that of a standard stream, when nothing is open
/// there, or when the file is marked: this program has opened it, or has
/// taken it over already.
///
/// # Safety
///
/// Whatever this program has opened itself must be marked as one that exec
/// closes. The standard library and tokio see to that; C libraries may
/// not. Otherwise one file could get two owners here, and the first that
/// is dropped would close it under the other.
// ANCHOR: inherit
#[allow(unsafe_code)]
pub unsafe fn inherit(number: RawFd) -> io::Result<OwnedFd> {
    if number <= 2 {
        return Err(io::Error::other("not a file that is handed on"));
    }
    // SAFETY: it is borrowed for the length of two questions. Should
    // nothing be open there, the first one says so.
    let file = unsafe { BorrowedFd::borrow_raw(number) };
    let flags = FdFlag::from_bits_retain(fcntl(file, FcntlArg::F_GETFD)?);
    if flags.contains(FdFlag::FD_CLOEXEC) {
        return Err(io::Error::other("it belongs to this program"));
    }
    mark(file, true)?;
    // SAFETY: it is open, and was not marked. So this program has not
    // opened it, as the caller promises, and nobody in it owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}
// ANCHOR_END: inherit

#[cfg(test)]
mod tests;
