use std::{
    env,
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::Command,
    time::timeout,
};

use crate::support::{DEADLINE, Server, within};

/// The first time, Go has to compile its standard library too.
pub const TIME_TO_BUILD: Duration = DEADLINE.saturating_mul(10);

/// A program of another language.
pub fn source(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    folder.join("code/peers").join(name)
}

/// Whether this machine has a program of that name. If not, it is said.
pub fn is_installed(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = env::split_paths(&path).any(|f| f.join(name).is_file());
    if !is_there {
        assert!(env::var_os("CI").is_none(), "{name} is not installed");
        // Past the test's captured output, so that it is always seen.
        let mut stderr = std::io::stderr();
        let _ = writeln!(stderr, "{name} is not installed: not tried");
    }
    is_there
}

/// Somebody in the room.
pub struct Guest<S = TcpStream>(pub BufReader<S>);

impl Guest {
    /// Comes in, and gives a name.
    pub async fn new(server: &Server, name: &str) -> Guest {
        let mut guest = Guest(BufReader::new(server.connect().await));
        guest.hears("* who are you?").await;
        guest.says(name).await;
        guest
    }

    pub async fn says(&mut self, line: &str) {
        let line = format!("{line}\n");
        let writing = self.0.write_all(line.as_bytes());
        within("room to write", writing).await.unwrap();
    }

    pub async fn hears(&mut self, wanted: &str) {
        let mut line = String::new();
        let reading = self.0.read_line(&mut line);
        within(wanted, reading).await.unwrap();
        assert_eq!(line, format!("{wanted}\n"));
    }

    async fn hears_no_more(&mut self) {
        let mut line = String::new();
        let reading = self.0.read_line(&mut line);
        within("the end", reading).await.unwrap();
        assert_eq!(line, "");
    }
}

/// What every room does that `chat_bench` compares with the book's.
async fn three_talk(server: Server) {
    let mut ann = Guest::new(&server, "ann").await;
    ann.hears("* ann has joined").await;
    let mut bob = Guest::new(&server, "ann").await;
    bob.hears("* somebody else has that name").await;
    bob.says("bob").await;
    bob.hears("* bob has joined").await;
    ann.hears("* bob has joined").await;
    let mut cleo = Guest::new(&server, "cleo").await;
    for guest in [&mut ann, &mut bob, &mut cleo] {
        guest.hears("* cleo has joined").await;
    }

    talk_and_leave([ann, bob, cleo]).await;
    server.stop().await;
}

/// All hear what one says, and that others leave, in whatever way.
async fn talk_and_leave([mut ann, mut bob, mut cleo]: [Guest; 3]) {
    ann.says("one\ntwo").await;
    for guest in [&mut ann, &mut bob, &mut cleo] {
        guest.hears("ann: one").await;
        guest.hears("ann: two").await;
    }
    cleo.says("/who").await;
    cleo.hears("* here: ann, bob, cleo").await;
    bob.says("/leave").await;
    bob.hears_no_more().await;
    ann.hears("* bob has left").await;
    drop(ann);
    cleo.hears("* bob has left").await;
    cleo.hears("* ann has left").await;
    cleo.says("alone").await;
    cleo.hears("cleo: alone").await;
}

#[tokio::test]
async fn three_talk_in_the_room_in_elixir() {
    if is_installed("elixir") {
        let mut elixir = Command::new("elixir");
        elixir.arg(source("room.exs")).arg("0").kill_on_drop(true);
        three_talk(Server::spawn(&mut elixir).await).await;
    }
}

#[tokio::test]
async fn three_talk_in_the_room_in_go() {
    if !is_installed("go") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("room");
    let building = Command::new("go")
        .args(["build", "-o"])
        .args([&program, &source("room.go")])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status();
    let built = timeout(TIME_TO_BUILD, building).await.expect("a build");
    assert!(built.unwrap().success(), "the room in Go is built");
    let mut room = Command::new(&program);
    room.arg("0").kill_on_drop(true);
    three_talk(Server::spawn(&mut room).await).await;
}

/// Each line is a row of the table in which the page compares the two.
#[tokio::test]
async fn a_supervisor_in_elixir_does_what_the_page_says() {
    if !is_installed("elixir") {
        return;
    }
    let mut elixir = Command::new("elixir");
    elixir.arg(source("supervisor.exs")).stdin(Stdio::null());
    let running = elixir.kill_on_drop(true).output();
    let output = within("the script's end", running).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let wanted = "one_for_one, b crashes: b begins
rest_for_one, b crashes: c is ended, b begins, c begins
one_for_all, b crashes: c is ended, a is ended, a begins, b begins, c begins
a takes time to begin: a begins, a is ready, b begins
b cannot begin: a begins, a is ended, no supervisor
c returns: nothing
rest_for_one, b crashes then: b begins, c begins
100 restarts: less than 100 times 100 ms: true
max_restarts: 2, three crashes: c is ended, a is ended, shutdown
max_restarts: 0, and a supervisor above: a is ended, a begins, b begins
stop: c is ended, b is ended, a is ended
shutdown: 50, a never ends: killed
a counts: 3 before the crash, 0 after it
a crashes in a call: the caller exits, too: bug
";
    assert_eq!(String::from_utf8_lossy(&output.stdout), wanted);
}
