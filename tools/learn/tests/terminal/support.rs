//! A small project with exercises, and a terminal to learn in.

use std::{
    fs,
    io::{self, Read, Write},
    num::NonZero,
    path::{Path, PathBuf},
    process::{Child, ExitStatus},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use pty_process::{
    Size,
    blocking::{Command, Pty},
};

/// Nothing takes this long, not even compiling on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A folder for what tests write.
const TEMPORARY: &str = env!("CARGO_TARGET_TMPDIR");

/// The workspace with the real exercises.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The workspaces of all projects are alike, so to cargo their programs are
/// the same ones. Therefore one test has to wait for the other.
static BUILDING: Mutex<()> = Mutex::new(());

/// A copy of the first three exercises, as a learner finds them.
pub struct Project {
    /// Its folder.
    pub root: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

impl Project {
    pub fn new(name: &str) -> Project {
        let alone = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
        let root = Path::new(TEMPORARY).join("learn-projects").join(name);
        let _ = fs::remove_dir_all(&root);
        let exercises = root.join("code/exercises");
        let from = Path::new(ROOT).join("code/exercises");
        copy(&from.join("testkit"), &exercises.join("testkit"));
        for name in ["ex01-shout", "ex02-count", "ex03-quit"] {
            let to = exercises.join(name);
            copy(&from.join(name), &to);
            // A learner may have solved theirs, and kept older versions.
            fs::remove_dir_all(to.join("src")).unwrap();
            fs::create_dir(to.join("src")).unwrap();
            fs::copy(to.join("variants/starter.rs"), to.join("src/lib.rs"))
                .unwrap();
        }
        let own = fs::read_to_string(Path::new(ROOT).join("Cargo.toml"));
        let own: toml::Table = own.unwrap().parse().unwrap();
        let mut workspace = own["workspace"].as_table().unwrap().clone();
        workspace.remove("default-members");
        let members = ["code/exercises/ex*", "code/exercises/testkit"];
        workspace.insert("members".into(), members.to_vec().into());
        let mut manifest = toml::Table::new();
        manifest.insert("workspace".into(), workspace.into());
        manifest.insert("profile".into(), own["profile"].clone());
        fs::write(root.join("Cargo.toml"), manifest.to_string()).unwrap();
        let lock = Path::new(ROOT).join("Cargo.lock");
        fs::copy(lock, root.join("Cargo.lock")).unwrap();
        Project {
            root,
            _alone: alone,
        }
    }

    /// The file that the learner edits.
    pub fn source(&self, exercise: &str) -> PathBuf {
        self.exercise(exercise).join("src/lib.rs")
    }

    pub fn exercise(&self, exercise: &str) -> PathBuf {
        self.root.join("code/exercises").join(exercise)
    }

    pub fn save(&self, exercise: &str, text: &str) {
        fs::write(self.source(exercise), text).unwrap();
    }

    pub fn save_variant(&self, exercise: &str, variant: &str) {
        let variants = self.exercise(exercise).join("variants");
        let text = fs::read_to_string(variants.join(variant)).unwrap();
        self.save(exercise, &text);
    }

    /// Saves an answer whose every connection does this instead of shouting.
    /// It writes the process's number into the file `pid`.
    pub fn save_trap(&self, does: &str) {
        let pid = self.root.join("pid");
        let _ = fs::remove_file(&pid);
        self.save(
            "ex01-shout",
            &format!(
                "use tokio::net::TcpListener;\n\
                 pub async fn serve(_: TcpListener) -> std::io::Result<()> {{\n\
                 let pid = std::process::id().to_string();\n\
                 std::fs::write({pid:?}, pid)?;\n\
                 {does}\n\
                 }}\n"
            ),
        );
    }

    /// The number of the process that is in the trap.
    pub fn trapped(&self) -> String {
        let pid = self.root.join("pid");
        let mut number = String::new();
        until("the answer runs", || {
            number = fs::read_to_string(&pid).unwrap_or_default();
            !number.is_empty()
        });
        number
    }

    /// Runs a command of `cargo learn` without a terminal.
    pub fn learn(&self, args: &[&str]) -> (String, Option<i32>) {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_learn"))
            .args(args)
            .current_dir(&self.root)
            .envs(environment())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (String::from_utf8(text).unwrap(), output.status.code())
    }
}

/// What a learner has built is left alone.
fn environment() -> [(&'static str, String); 2] {
    let target = format!("{TEMPORARY}/learn-target");
    [
        ("CARGO_TARGET_DIR", target),
        ("CARGO_NET_OFFLINE", "true".into()),
    ]
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// Asks again and again, until it is so.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < end, "never came true: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a process is there.
pub fn is_running(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
    // A zombie has ended, and waits for its parent to take notice.
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

/// `cargo learn` in a terminal.
pub struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    printed: mpsc::Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// All that was printed, as it came.
    pub raw: Vec<u8>,
}

impl Terminal {
    pub fn open(project: &Project) -> Terminal {
        Terminal::with(project, &[], &[])
    }

    pub fn with(
        project: &Project,
        args: &[&str],
        env: &[(&str, &str)],
    ) -> Terminal {
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(Size::new(24, 80)).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_learn"))
            .args(args)
            .current_dir(&project.root)
            .env_remove("NO_COLOR")
            .env("TERM", "xterm-256color")
            .envs(environment())
            .envs(env.iter().copied())
            .spawn(pts)
            .unwrap();
        let pty = Arc::new(pty);
        let (sender, printed) = mpsc::channel();
        let reading = Arc::clone(&pty);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = (&*reading).read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        });
        Terminal {
            pty,
            child,
            printed,
            screen: vt100::Parser::new(size(24), size(80), 0),
            raw: Vec::new(),
        }
    }

    /// What stands on the screen, without blanks at the ends of lines.
    pub fn screen(&self) -> String {
        let (_, columns) = self.screen.screen().size();
        let rows = self.screen.screen().rows(0, columns.into());
        let rows: Vec<String> =
            rows.map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n").trim_end().to_owned()
    }

    /// Waits until this stands on the screen.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        self.watch(&format!("{text:?}"), |screen| screen.contains(text));
    }

    /// Waits until the screen is so.
    #[track_caller]
    pub fn watch(&mut self, what: &str, is_so: impl Fn(&str) -> bool) {
        let end = Instant::now() + LIMIT;
        while !is_so(&self.screen()) {
            let left = end.saturating_duration_since(Instant::now());
            match self.printed.recv_timeout(left) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(error) => {
                    panic!("{error}: no {what} in\n{}", self.screen());
                }
            }
        }
    }

    pub fn press(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    pub fn resize(&mut self, rows: u16, columns: u16) {
        self.pty.resize(Size::new(rows, columns)).unwrap();
        self.screen.screen_mut().set_size(size(rows), size(columns));
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end of the program, and returns what it has said last.
    pub fn end(mut self) -> (ExitStatus, String) {
        let status = self.wait();
        // The terminal is closed by now, so this comes to an end.
        while let Ok(bytes) = self.printed.recv_timeout(LIMIT) {
            self.screen.process(&bytes);
        }
        (status, self.screen())
    }

    fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        until("the program ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.expect("it has ended")
    }

    /// The terminal's window is closed.
    pub fn close(mut self) -> io::Result<ExitStatus> {
        let hangup = rustix::process::Signal::HUP;
        let pid = i32::try_from(self.pid()).unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, hangup)?;
        Ok(self.wait())
    }
}

fn size(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("at least one")
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It is gone already, unless a test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
