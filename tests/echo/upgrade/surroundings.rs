//! What stands around a server: who reads its log, who calls it by which
//! name, and what its signals had been made to do before it started.

use std::{os::unix::fs::symlink, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout},
};

use super::*;
use crate::support::listening_at;

/// A server whose log is in the hands of the test.
struct Bare {
    child: Child,
    log: Lines<BufReader<ChildStdout>>,
    client: TcpStream,
}

impl Bare {
    /// Starts it, and connects a client, which it has answered.
    async fn start(command: &mut Command) -> Bare {
        command.env_remove("PORT").kill_on_drop(true);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = within("the server to listen", log.next_line()).await;
        let addr = listening_at(&line.unwrap().unwrap());
        let connecting = TcpStream::connect(addr);
        let mut client = within("a connection", connecting).await.unwrap();
        assert_echo(&mut client, b"hello\n").await;
        Bare { child, log, client }
    }

    fn ask(&self) {
        let id = self.child.id().expect("it runs").cast_signed();
        kill(Pid::from_raw(id), Signal::SIGUSR2).unwrap();
    }
}

/// Asks until the answer is in capitals, or until it is not.
async fn until_answered(client: &mut TcpStream, in_capitals: bool) {
    let asking = async {
        loop {
            client.write_all(b"hello\n").await.unwrap();
            let mut answer = [0; 6];
            client.read_exact(&mut answer).await.unwrap();
            if answer.starts_with(b"HELLO") == in_capitals {
                return;
            }
        }
    };
    within("an answer of the new program", asking).await;
}

/// A folder for releases, and in it a link to the first.
struct Releases {
    folder: TempDir,
}

impl Releases {
    fn new() -> Releases {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
        let folder = folder.unwrap();
        for (release, name) in [("1", "upgradable"), ("2", "upgradable_v2")] {
            let release = folder.path().join(release);
            fs::create_dir(&release).unwrap();
            fs::hard_link(program(name), release.join("server")).unwrap();
        }
        let releases = Releases { folder };
        releases.switch_to("1");
        releases
    }

    /// Where the link leads, and what is there.
    fn current(&self) -> PathBuf {
        self.folder.path().join("current")
    }

    /// Points the link at another release, in one step.
    fn switch_to(&self, release: &str) {
        let new = self.folder.path().join("new");
        symlink(release, &new).unwrap();
        fs::rename(new, self.current()).unwrap();
    }
}

/// However the server was called, it follows the link anew each time.
async fn assert_follows_the_link(releases: &Releases, command: &mut Command) {
    let mut server = Bare::start(command).await;
    for (release, in_capitals) in [("2", true), ("1", false), ("2", true)] {
        releases.switch_to(release);
        server.ask();
        until_answered(&mut server.client, in_capitals).await;
    }
}

#[tokio::test]
async fn a_path_with_a_link_in_it_is_followed_anew() {
    let releases = Releases::new();
    let path = releases.current().join("server");
    assert_follows_the_link(&releases, Command::new(path).arg("0")).await;
}

#[tokio::test]
async fn a_path_that_begins_in_the_working_directory_is_too() {
    let releases = Releases::new();
    let script = "exec current/server 0";
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(&releases.folder);
    assert_follows_the_link(&releases, &mut command).await;
}

#[tokio::test]
async fn a_name_that_the_shell_looked_up_is_too() {
    let releases = Releases::new();
    let mut command = Command::new("sh");
    command
        .args(["-c", "PATH=$1:$PATH; export PATH; exec server 0", "sh"])
        .arg(releases.current());
    assert_follows_the_link(&releases, &mut command).await;
}

#[tokio::test]
async fn a_path_that_was_given_is_too() {
    let releases = Releases::new();
    let mut command = Command::new(program("upgradable"));
    command.args(["0", "--program"]);
    command.arg(releases.current().join("server"));
    assert_follows_the_link(&releases, &mut command).await;
}

#[tokio::test]
async fn a_log_whose_reader_has_gone_costs_no_client() {
    let releases = Releases::new();
    let path = releases.current().join("server");
    let Bare {
        child,
        log,
        mut client,
    } = Bare::start(Command::new(path).arg("0")).await;
    drop(log);
    let pid = Pid::from_raw(child.id().unwrap().cast_signed());
    for (release, in_capitals) in [("2", true), ("1", false)] {
        releases.switch_to(release);
        kill(pid, Signal::SIGUSR2).unwrap();
        until_answered(&mut client, in_capitals).await;
    }
}

/// More is said than the pipe between the two holds, and nobody reads it.
#[tokio::test]
async fn a_log_that_nobody_reads_stops_nothing() {
    /// What is said of each client that leaves is longer than 40 bytes.
    const LEAVING: usize = 2_000;

    let releases = Releases::new();
    let path = releases.current().join("server");
    let mut server = Bare::start(Command::new(path).arg("0")).await;
    let addr = server.client.peer_addr().unwrap();
    for _ in 0..LEAVING {
        let connecting = TcpStream::connect(addr);
        let mut client = within("a connection", connecting).await.unwrap();
        client.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let leaving = client.read_to_end(&mut rest);
        assert_eq!(within("the end", leaving).await.unwrap(), 0);
    }
    for (release, in_capitals) in [("2", true), ("1", false)] {
        releases.switch_to(release);
        server.ask();
        until_answered(&mut server.client, in_capitals).await;
    }
    // The log is as it was when the pipe was full.
    let said = server.log.next_line().await.unwrap().unwrap();
    assert!(said.contains("Connection closed"), "{said}");
}

#[tokio::test]
async fn a_signal_that_was_ignored_before_is_heeded() {
    let releases = Releases::new();
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' USR2; exec \"$1\" 0", "sh"])
        .arg(releases.current().join("server"));
    assert_follows_the_link(&releases, &mut command).await;
}

/// The second request comes while the first is being met, at every moment of
/// it, and the file has changed in between. In the end the last file runs.
#[tokio::test]
async fn no_request_is_lost_in_an_upgrade() {
    let mut server = Upgradable::start().await;
    let mut client = server.server.connect().await;
    assert_echo(&mut client, b"hello\n").await;
    let versions = ["upgradable", "upgradable_v2"].map(program);
    for round in 0..100_usize {
        let (old, new) = (&versions[round % 2], &versions[(round + 1) % 2]);
        server.replace(old);
        server.ask();
        // Not to be safe, but to meet another moment each time.
        time::sleep(Duration::from_micros(round as u64 * 200)).await;
        server.replace(new);
        server.ask();
        until_answered(&mut client, round % 2 == 0).await;
    }
    assert!(server.server.is_running());
}
