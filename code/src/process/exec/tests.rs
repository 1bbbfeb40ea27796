//! What only a test inside the module can reach: files that are handed on
//! within one process, as if it had been two programs.

#![allow(unsafe_code)]

use std::{
    fs::File,
    io::{Read, Write, pipe},
    os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, RawFd},
};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};

use super::*;

fn take(number: RawFd) -> io::Result<File> {
    // SAFETY: these tests open their files by the standard library only.
    unsafe { inherit(number) }.map(File::from)
}

fn is_marked(file: impl AsFd) -> bool {
    let flags = fcntl(file, FcntlArg::F_GETFD).unwrap();
    FdFlag::from_bits_retain(flags).contains(FdFlag::FD_CLOEXEC)
}

/// No file ever has this number: no system lets a process have so many.
const NEVER_OPEN: RawFd = RawFd::MAX;

#[test]
fn what_is_not_open_cannot_be_inherited() {
    for number in [-1, RawFd::MIN, NEVER_OPEN] {
        take(number).unwrap_err();
    }
}

#[test]
fn a_standard_stream_cannot_be_inherited() {
    for number in [0, 1, 2] {
        take(number).unwrap_err();
    }
}

#[test]
fn what_this_program_owns_cannot_be_inherited() {
    let (mut reader, mut writer) = pipe().unwrap();
    take(writer.as_raw_fd()).unwrap_err();
    // It was not closed on the way.
    writer.write_all(b"open").unwrap();
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "open");
}

#[test]
fn what_was_left_open_can_be_inherited_once() {
    let (mut reader, writer) = pipe().unwrap();
    let kept = Kept::new([writer.as_fd()]).unwrap();
    // The program that kept it is gone, and has taken its owner along.
    std::mem::forget(kept);
    let number = writer.into_raw_fd();

    let mut writer = take(number).unwrap();
    assert!(
        is_marked(&writer),
        "the next program does not get it as well"
    );
    take(number).unwrap_err();
    writer.write_all(b"still open").unwrap();
    drop(writer);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "still open");
}

#[test]
fn what_was_kept_is_let_go_again() {
    let (reader, writer) = pipe().unwrap();
    let kept = Kept::new([reader.as_fd(), writer.as_fd()]).unwrap();
    assert!(!is_marked(&reader) && !is_marked(&writer));
    drop(kept);
    assert!(is_marked(&reader) && is_marked(&writer));
}

#[test]
fn a_failure_half_way_is_undone() {
    let (reader, writer) = pipe().unwrap();
    // SAFETY: it is asked for its flags only, and there is nothing.
    let nothing = unsafe { BorrowedFd::borrow_raw(NEVER_OPEN) };
    Kept::new([reader.as_fd(), nothing, writer.as_fd()]).unwrap_err();
    assert!(is_marked(&reader) && is_marked(&writer));
}

/// One that cannot be let go any more does not hold up the others.
#[test]
fn letting_go_goes_on_after_a_failure() {
    let (reader, writer) = pipe().unwrap();
    let mut kept = Kept::new([reader.as_fd(), writer.as_fd()]).unwrap();
    // SAFETY: as above.
    let nothing = unsafe { BorrowedFd::borrow_raw(NEVER_OPEN) };
    kept.0.insert(0, nothing);
    drop(kept);
    assert!(is_marked(&reader) && is_marked(&writer));
}
