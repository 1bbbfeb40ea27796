use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    process::Command,
    sync::watch,
    task::JoinSet,
    time,
};

use crate::support::{
    DEADLINE, Server, assert_echo, assert_same, program, within,
};

/// Who reads its log, who calls it, and what was before it.
mod surroundings;

/// How many clients there are when there are many. Each is a file in this
/// process and one in the server, and some systems allow no more than 256.
const MANY: usize = 100;

/// A server in a folder of its own, where its program can be replaced.
struct Upgradable {
    server: Server,
    path: PathBuf,
    _folder: TempDir,
}

impl Upgradable {
    async fn start() -> Upgradable {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
        let folder = folder.unwrap();
        let path = folder.path().join("server");
        fs::hard_link(program("upgradable"), &path).unwrap();
        let mut command = Command::new(&path);
        command.arg("0").env_remove("PORT").kill_on_drop(true);
        let server = Server::spawn(&mut command).await;
        Upgradable {
            server,
            path,
            _folder: folder,
        }
    }

    /// Puts another program in the place of the one that runs: never by
    /// writing into the file, always by renaming a new one.
    ///
    /// Nor does this process write a program, ever. While it has the file
    /// open, another test may start a child, which has it open for a moment
    /// too, and a file that is open for writing cannot be run.
    fn replace(&self, by: &Path) {
        let new = self.path.with_extension("new");
        fs::hard_link(by, &new).unwrap();
        fs::rename(&new, &self.path).unwrap();
        // Two names of one file are left as they are. Nobody may write into
        // that file by its second name.
        let _ = fs::remove_file(new);
    }

    /// Puts a shell script in the place of the program.
    fn replace_by_script(&self, script: &str) {
        self.write("printf '#!/bin/sh\\n%s\\n' \"$2\"", script);
    }

    /// Puts what a command prints, which may use `$2`, in its place.
    fn write(&self, command: &str, argument: impl AsRef<OsStr>) {
        let script = format!(
            r#"{command} > "$1.new" &&
            chmod +x "$1.new" &&
            mv "$1.new" "$1""#
        );
        let status = std::process::Command::new("sh")
            .args(["-c", &script, "sh"])
            .arg(&self.path)
            .arg(argument)
            .status();
        assert!(status.unwrap().success());
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.server.id().cast_signed())
    }

    /// Asks for new code.
    fn ask(&self) {
        kill(self.pid(), Signal::SIGUSR2).unwrap();
    }

    /// Has the server become this program, and waits until it has.
    async fn upgrade(&mut self, to: &str) -> String {
        self.replace(&program(to));
        self.ask();
        self.server.line("Upgraded, clients kept: ").await
    }

    /// Has the server try to become what is in the place of its program, and
    /// returns what it says of that.
    async fn upgrade_in_vain(&mut self) -> String {
        self.ask();
        self.server.line("Cannot upgrade, going on: ").await
    }

    /// The open files of the server, with their flags.
    fn files(&self) -> BTreeMap<String, String> {
        let folder = format!("/proc/{}/fdinfo", self.server.id());
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let info = fs::read_to_string(entry.path()).unwrap_or_default();
            let flags = info.lines().find(|line| line.starts_with("flags:"));
            let name = entry.file_name().to_string_lossy().into_owned();
            files.insert(name, flags.unwrap_or_default().to_owned());
        }
        files
    }
}

/// Sends lines, cut into pieces that have nothing to do with their ends, until
/// it is told to stop. Returns what it has sent.
async fn talk(
    mut to: OwnedWriteHalf,
    number: usize,
    stop: watch::Receiver<bool>,
) -> Vec<u8> {
    let mut text = Vec::new();
    let mut sent = 0;
    for round in 0.. {
        let piece = 1 + (round * 7 + number) % 61;
        while text.len() < sent + piece {
            let line = format!("round {round} of client {number}\n");
            text.extend(line.into_bytes());
        }
        let end = match *stop.borrow() {
            true => text.len(),
            false => sent + piece,
        };
        let writing = to.write_all(&text[sent..end]);
        within("room to write", writing).await.unwrap();
        sent = end;
        if *stop.borrow() && sent == text.len() {
            break;
        }
    }
    to.shutdown().await.unwrap();
    text
}

/// Reads answers to their end, and says when the first came from the old
/// program, and when the first came from the new one.
async fn listen(
    mut from: OwnedReadHalf,
    old: watch::Sender<bool>,
    new: watch::Sender<bool>,
) -> Vec<u8> {
    let mut got = Vec::new();
    loop {
        let before = got.len();
        let reading = from.read_buf(&mut got);
        if within("an answer", reading).await.unwrap() == 0 {
            return got;
        }
        let piece = &got[before..];
        if piece.iter().any(u8::is_ascii_lowercase) {
            old.send_replace(true);
        }
        if piece.iter().any(u8::is_ascii_uppercase) {
            new.send_replace(true);
        }
    }
}

/// The answers are what was sent: first as it was, then in capitals, and never
/// back. Returns how many bytes each program has answered.
#[track_caller]
fn assert_both_versions(got: &[u8], sent: &[u8]) -> (usize, usize) {
    let is_new = |byte: &u8| byte.is_ascii_uppercase();
    let first = got.iter().position(is_new).unwrap_or(got.len());
    // The line's other bytes, before its first letter, are the same in both.
    let old = got[..first].iter().rposition(|byte| *byte == b'\n');
    let old = old.map_or(0, |end| end + 1);
    let mut expected = sent[..old].to_vec();
    expected.extend(sent[old..].to_ascii_uppercase());
    assert_same(got, &expected);
    (old, got.len() - old)
}

fn lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

/// The number of lines in `Task 7: Connection closed after 3 lines`.
fn counted(farewell: &str) -> usize {
    let (_, count) = farewell.split_once(" after ").expect(farewell);
    let (count, _) = count.split_once(" lines").expect(farewell);
    count.parse().expect(farewell)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_client_sees_both_versions() {
    let mut server = Upgradable::start().await;
    let id = server.server.id();
    let (stop, stopped) = watch::channel(false);
    let mut clients = JoinSet::new();
    let mut seen = Vec::new();
    for number in 0..MANY {
        let (from, to) = server.server.connect().await.into_split();
        let (old, sees_old) = watch::channel(false);
        let (new, sees_new) = watch::channel(false);
        seen.push((sees_old, sees_new));
        let talking = tokio::spawn(talk(to, number, stopped.clone()));
        clients.spawn(async move {
            let got = listen(from, old, new).await;
            (got, talking.await.unwrap())
        });
    }
    for (old, _) in &mut seen {
        let waiting = old.wait_for(|seen| *seen);
        within("an answer of the old program", waiting)
            .await
            .unwrap();
    }
    let said = server.upgrade("upgradable_v2").await;
    assert!(
        said.starts_with(&format!("Upgraded, clients kept: {MANY}, ")),
        "{said}"
    );
    for (_, new) in &mut seen {
        let waiting = new.wait_for(|seen| *seen);
        within("an answer of the new program", waiting)
            .await
            .unwrap();
    }
    stop.send_replace(true);

    let mut counts = Vec::new();
    while let Some(ended) = clients.join_next().await {
        let (got, sent) = ended.unwrap();
        let (old, new) = assert_both_versions(&got, &sent);
        assert!(old > 0 && new > 0, "{old} and {new} bytes");
        counts.push(lines(&sent));
    }
    let mut logged = Vec::new();
    for _ in 0..MANY {
        let farewell = server.server.line("Connection closed").await;
        logged.push(counted(&farewell));
    }
    counts.sort_unstable();
    logged.sort_unstable();
    assert_eq!(logged, counts, "lines counted across the upgrade");
    assert_eq!(server.server.id(), id);
    assert!(server.server.is_running());
}

#[tokio::test]
async fn half_a_line_survives() {
    let mut server = Upgradable::start().await;
    let mut client = server.server.connect().await;
    // In one piece, so that the server has read all of it when it answers.
    client.write_all(b"hello\nhalf a li").await.unwrap();
    expect(&mut client, b"hello\n").await;
    server.upgrade("upgradable_v2").await;
    client.write_all(b"ne\n").await.unwrap();
    expect(&mut client, b"HALF A LINE\n").await;
    drop(client);
    let farewell = server.server.line("Connection closed").await;
    assert!(
        farewell.ends_with("after 2 lines, the last 12 bytes shouted"),
        "a default for what the old program did not count: {farewell}"
    );
}

/// A part of a line may come before the upgrade, and the half-close after it.
#[tokio::test]
async fn who_has_said_all_still_gets_an_answer() {
    let mut server = Upgradable::start().await;
    let mut client = server.server.connect().await;
    client.write_all(b"one\ntwo").await.unwrap();
    expect(&mut client, b"one\n").await;
    server.upgrade("upgradable_v2").await;
    client.shutdown().await.unwrap();
    expect(&mut client, b"TWO").await;
    let mut rest = Vec::new();
    let reading = client.read_to_end(&mut rest);
    assert_eq!(within("the end", reading).await.unwrap(), 0);
}

async fn expect(client: &mut TcpStream, answer: &[u8]) {
    let mut got = vec![0; answer.len()];
    within("an answer", client.read_exact(&mut got))
        .await
        .unwrap();
    assert_eq!(
        got.escape_ascii().to_string(),
        answer.escape_ascii().to_string()
    );
}

/// Its answers fill all buffers between the two, so that the server has to
/// hand over bytes that are answered and not written.
#[tokio::test]
async fn a_client_that_never_reads_loses_nothing() {
    let mut server = Upgradable::start().await;
    let mut client = server.server.connect().await;
    let mut sent = Vec::new();
    let full = time::Duration::from_secs(3);
    for number in 0.. {
        let line = format!("{number} and something to make it longer\n");
        let writing = client.write_all(line.as_bytes());
        if time::timeout(full, writing).await.is_err() {
            break;
        }
        sent.extend(line.into_bytes());
        assert!(sent.len() < 1 << 30, "somebody reads all this");
    }
    server.upgrade("upgradable_v2").await;

    // The last line may have been sent in part. What comes back tells.
    let mut got = Vec::new();
    let (mut from, mut to) = client.into_split();
    let ending = async {
        to.write_all(b"\nthe end\n").await.unwrap();
        to.shutdown().await.unwrap();
    };
    let reading = async { from.read_to_end(&mut got).await.unwrap() };
    within("all answers", async { tokio::join!(ending, reading) }).await;
    let (old, new) = assert_both_versions(&got[..sent.len()], &sent);
    assert!(old > 0 && new > 0, "{old} and {new} bytes");
    assert!(got.ends_with(b"\nTHE END\n"));
    let farewell = server.server.line("Connection closed").await;
    assert_eq!(counted(&farewell), lines(&got));
}

/// Whatever stands in the place of the program, the old one goes on, with all
/// its clients, and can be upgraded later.
#[tokio::test]
async fn a_bad_program_changes_nothing() {
    let mut server = Upgradable::start().await;
    let mut client = server.server.connect().await;
    assert_echo(&mut client, b"before\n").await;
    let files = server.files();

    fs::remove_file(&server.path).unwrap();
    let said = server.upgrade_in_vain().await;
    assert!(said.contains("No such file"), "{said}");
    assert_echo(&mut client, b"missing\n").await;

    fs::write(&server.path, "junk").unwrap();
    let said = server.upgrade_in_vain().await;
    assert!(said.contains("Permission denied"), "{said}");
    assert_echo(&mut client, b"not to be executed\n").await;

    server.write("head -c 4096 \"$2\"", program("upgradable_v2"));
    server.upgrade_in_vain().await;
    assert_echo(&mut client, b"a piece of a program\n").await;

    for (script, says) in [
        ("echo no >&2; exit 1", "refuses: exit status: 1 no"),
        ("exit 0", "refuses: exit status: 0"),
        ("kill -SEGV $$", "refuses: signal: 11"),
        ("exec sleep 60", "does not answer"),
        // It talks without end, and nobody listens so long.
        ("exec yes", "refuses: signal: 13"),
        // It says yes, and then it is not there any more.
        ("rm \"$0\"; echo yes", "cannot become"),
    ] {
        server.replace_by_script(script);
        let said = server.upgrade_in_vain().await;
        assert!(said.contains(says), "{script}: {said}");
        assert_echo(&mut client, b"going on\n").await;
    }
    assert_eq!(server.files(), files, "the same files, marked as before");

    server.upgrade("upgradable_v2").await;
    client.write_all(b"after\n").await.unwrap();
    expect(&mut client, b"AFTER\n").await;
}

#[tokio::test]
async fn a_program_that_insists_on_a_new_field_is_refused() {
    let mut server = Upgradable::start().await;
    let mut client = server.server.connect().await;
    assert_echo(&mut client, b"before\n").await;
    let strict = escargot::CargoBuild::new()
        .package("echo")
        .example("upgradable_strict")
        .run();
    server.replace(strict.expect("the example builds").path());
    let said = server.upgrade_in_vain().await;
    assert!(said.contains("missing field `name`"), "{said}");
    assert_echo(&mut client, b"after\n").await;
}

/// A signal that nobody holds back would end the process.
#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_signals_ends_nothing() {
    let mut server = Upgradable::start().await;
    let mut client = server.server.connect().await;
    assert_echo(&mut client, b"before it\n").await;
    let pid = server.pid();
    let (stop, stopped) = watch::channel(false);
    let storm = std::thread::spawn(move || {
        while !*stopped.borrow() && kill(pid, Signal::SIGUSR2).is_ok() {
            std::thread::yield_now();
        }
    });
    for _ in 0..50 {
        server.server.line("Upgraded, clients kept: 1").await;
    }
    stop.send_replace(true);
    storm.join().unwrap();
    assert_echo(&mut client, b"and after it\n").await;
    assert!(server.server.is_running());
}

/// While the new program is asked nobody accepts, and nobody is turned away.
#[tokio::test]
async fn clients_that_come_meanwhile_wait_in_the_queue() {
    let mut server = Upgradable::start().await;
    let file = |ending| server.path.with_extension(ending);
    let (started, go_on) = (file("started"), file("go"));
    server.replace_by_script(
        "touch \"$0.started\"\n\
         until [ -e \"$0.go\" ]; do sleep 0.01; done\n\
         exit 1",
    );
    server.ask();
    let asked = async {
        while !started.exists() {
            tokio::task::yield_now().await;
        }
    };
    within("the new program to be asked", asked).await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(server.server.connect().await);
    }
    fs::write(&go_on, "").unwrap();
    let said = server.server.line("Cannot upgrade").await;
    assert!(said.contains("refuses: exit status: 1"), "in time: {said}");
    for client in &mut clients {
        assert_echo(client, b"at last\n").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_clients_are_not_refused_and_no_file_is_left_open() {
    let mut server = Upgradable::start().await;
    let addr = server.server.addr();
    let (stop, stopped) = watch::channel(false);
    let coming = tokio::spawn(async move {
        let mut clients = 0;
        while !*stopped.borrow() {
            let connecting = TcpStream::connect(addr);
            let mut client = within("a connection", connecting).await.unwrap();
            assert_echo(&mut client, b"12345\n").await;
            clients += 1;
        }
        clients
    });
    let mut client = server.server.connect().await;
    assert_echo(&mut client, b"12\n").await;
    let mut before = None;
    for round in 0..20 {
        let to = ["upgradable_v2", "upgradable"][round % 2];
        server.upgrade(to).await;
        assert_echo(&mut client, b"34\n").await;
        if round == 0 {
            before = Some(server.files().len());
        }
    }
    stop.send_replace(true);
    let clients = within("the last client", coming).await.unwrap();
    assert!(clients > 0);
    // Clients that come and go are files too, but few at a time.
    let (before, after) = (before.unwrap_or_default(), server.files().len());
    assert!(after <= before + 3, "{before} files became {after}");
}

/// The listening socket and the clients are closed when the process becomes
/// anything else than an upgraded server: the new program's question has none.
#[tokio::test]
async fn the_program_that_is_asked_inherits_no_socket() {
    let mut server = Upgradable::start().await;
    let mut client = server.server.connect().await;
    assert_echo(&mut client, b"hello\n").await;
    server.upgrade("upgradable").await;
    server
        .replace_by_script("ls -l /proc/self/fd >&2; echo no more >&2; exit 1");
    server.ask();
    server.server.line("Cannot upgrade").await;
    let mut listed = String::new();
    while !listed.contains("no more") {
        listed += &within("the list", server.server.line("")).await;
    }
    assert!(!listed.contains("socket:"), "{listed}");
}

#[tokio::test]
async fn the_longest_line_is_answered_and_a_longer_one_is_not() {
    const LONGEST: usize = 65_536;

    let mut server = Upgradable::start().await;
    let mut client = server.server.connect().await;
    let mut line = vec![b'x'; LONGEST];
    line.push(b'\n');
    assert_echo(&mut client, &line).await;
    line.insert(0, b'x');
    client.write_all(&line).await.unwrap();
    let line = server.server.line("Connection broken").await;
    assert!(line.contains("(the line is too long)"), "{line}");
}

#[tokio::test]
async fn a_line_without_an_end_is_not_kept() {
    let mut server = Upgradable::start().await;
    let mut client = server.server.connect().await;
    let writing = async {
        let piece = [b'x'; 1024];
        while client.write_all(&piece).await.is_ok() {}
    };
    within("the server's patience to end", writing).await;
    let line = server.server.line("Connection broken").await;
    assert!(line.contains("(the line is too long)"), "{line}");
}

#[tokio::test]
async fn the_number_of_the_process_is_where_it_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let mut command = Command::new(program("upgradable"));
    command.args(["0", "--pid-file"]).arg(&file);
    let server = Server::spawn(command.kill_on_drop(true)).await;
    let number = async {
        loop {
            if let Ok(number) = fs::read_to_string(&file)
                && !number.is_empty()
            {
                return number;
            }
            tokio::task::yield_now().await;
        }
    };
    let number = time::timeout(DEADLINE, number).await.unwrap();
    assert_eq!(number, server.id().to_string());
}
