//! A lab whose own terminal takes nothing, and that has something to say there.
#![cfg(target_os = "linux")]

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

/// How long an answer may take.
const SOON: Duration = Duration::from_secs(20);

/// A lab, which ends with this.
struct Lab(Child);

impl Lab {
    /// Starts one in a folder where no book can be built, on a port that is
    /// taken: it has to complain of both.
    fn start(root: &Path, port: u16, log: File) -> (Lab, ChildStdout) {
        let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"))
            .args(["--port", &port.to_string()])
            .current_dir(root)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let output = lab.stdout.take().unwrap();
        (Lab(lab), output)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn get(host: &str, path: &str) -> String {
    let mut socket = TcpStream::connect(host).unwrap();
    socket.set_read_timeout(Some(SOON)).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_log_on_a_full_disk_does_not_end_the_lab() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("code/exercises")).unwrap();
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let (_lab, output) = Lab::start(root.path(), port, full);
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("The book is at http://localhost:");
    let other = address.expect("it says where the book is");
    assert_ne!(other, port.to_string());
    // The page says what nobody could read in the log.
    let page = get(&format!("127.0.0.1:{other}"), "/");
    assert!(page.contains("The book cannot be built"), "{page}");
}
