//! What only a test inside the module can reach: files that are handed on
//! within one process, as if it had been two programs.

#![allow(unsafe_code)]

use std::{
    env,
    fs::File,
    io::{Read, Write, pipe},
    net::{TcpListener, TcpStream},
    os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, RawFd},
    process::{Command, Stdio},
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

#[tokio::test]
async fn what_rust_opens_is_marked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let socket = TcpStream::connect(addr).unwrap();
    assert!(is_marked(&listener) && is_marked(&socket));
    assert!(is_marked(listener.accept().unwrap().0));
    let (reader, writer) = pipe().unwrap();
    assert!(is_marked(reader) && is_marked(writer));
    assert!(is_marked(File::open("/dev/null").unwrap()));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let socket = tokio::net::TcpStream::connect(addr).await.unwrap();
    assert!(is_marked(&listener) && is_marked(&socket));
    assert!(is_marked(listener.accept().await.unwrap().0));
}

#[test]
fn a_program_that_is_not_there_leaves_all_as_it_was() {
    let (reader, _writer) = pipe().unwrap();
    {
        let _kept = Kept::new([reader.as_fd()]).unwrap();
        execute(Path::new("/no/such/program"), ["--socket"]).unwrap_err();
        assert!(!is_marked(&reader));
    }
    assert!(is_marked(&reader));
}

/// It runs once more, as the process that is to be another program.
#[test]
fn exec_keeps_the_number_and_what_is_kept() {
    const CHILD: &str = "ECHO_TEST_BECOMES_ANOTHER";
    if env::var_os(CHILD).is_some() {
        let (kept, mut writer) = pipe().unwrap();
        writer.write_all(b"still open\n").unwrap();
        let (marked, _) = pipe().unwrap();
        let script = format!(
            "echo; echo $$ ${CHILD} $0; head -n 1 /dev/fd/{}; \
             test -e /dev/fd/{} || echo closed",
            kept.as_raw_fd(),
            marked.as_raw_fd()
        );
        let _kept = Kept::new([kept.as_fd()]).unwrap();
        let args = ["-c", &*script, "argument"];
        let Err(error) = execute(Path::new("/bin/sh"), args);
        panic!("{error:#}");
    }
    let name = "process::exec::tests::exec_keeps_the_number_and_what_is_kept";
    let child = Command::new(env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(CHILD, "inherited")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let told = format!("\n{id} inherited argument\nstill open\nclosed\n");
    assert!(text.ends_with(&told), "{text}");
}
