//! Running a program to its end, or to the end of its time, or until somebody
//! says stop. When it has to be ended, its children are ended with it.

use std::{
    io::{self, Read},
    process::{Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use process_wrap::std::{ChildWrapper, CommandWrap};

/// How often to ask whether a program has ended that has closed its output
/// before. Few programs do.
const ASK_AGAIN: Duration = Duration::from_millis(1);

/// How much is kept of what a program prints, in bytes. One that prints for
/// ever must not fill the memory.
const MOST: usize = 16 << 20;

/// How a program came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, with this status.
    Exited(ExitStatus),
    /// Its time was over.
    TimeOver,
    /// By [`Stop::stop`].
    Stopped,
}

/// What a program has left.
#[derive(Debug)]
pub struct Ended {
    /// How it came to its end.
    pub end: End,
    /// What it has printed.
    pub stdout: Vec<u8>,
    /// What it has complained about.
    pub stderr: Vec<u8>,
}

/// A way to stop what runs, from another thread. Clones stop the same thing.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Mutex<Stopping>>);

#[derive(Debug, Default)]
struct Stopping {
    stopped: bool,
    running: Option<Sender<Event>>,
}

#[derive(Debug)]
enum Event {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    Closed,
    Stop,
}

impl Stop {
    /// Ends the program that runs, and every one that would be started later.
    pub fn stop(&self) {
        let mut this = self.lock();
        this.stopped = true;
        if let Some(running) = this.running.take() {
            // It may have ended by itself.
            let _ = running.send(Event::Stop);
        }
    }

    /// Whether it has been said.
    pub fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    fn watch(&self, running: Sender<Event>) {
        let mut this = self.lock();
        match this.stopped {
            true => drop(running.send(Event::Stop)),
            false => this.running = Some(running),
        }
    }

    fn forget(&self) {
        self.lock().running = None;
    }

    fn lock(&self) -> MutexGuard<'_, Stopping> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a program without input, and returns what it has left.
///
/// # Errors
///
/// When it cannot be started.
pub fn run(
    mut command: Command,
    limit: Option<Duration>,
    stop: &Stop,
) -> io::Result<Ended> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = family(command).spawn()?;
    let (sender, receiver) = mpsc::channel();
    let mut readers = Vec::new();
    if let Some(stdout) = child.stdout().take() {
        readers.push(pass_on(stdout, Event::Stdout, sender.clone()));
    }
    if let Some(stderr) = child.stderr().take() {
        readers.push(pass_on(stderr, Event::Stderr, sender.clone()));
    }
    stop.watch(sender);

    let mut ended = Ended {
        end: End::Stopped,
        stdout: Vec::new(),
        stderr: Vec::new(),
    };
    let deadline = limit.map(|limit| Instant::now() + limit);
    let end =
        follow(&mut *child, readers.len(), deadline, &receiver, &mut ended);
    if !matches!(end, Ok(End::Exited(_))) {
        child.kill()?;
    }
    stop.forget();
    for reader in readers {
        // It has nothing to panic about.
        let _ = reader.join();
    }
    for event in receiver.try_iter() {
        ended.take(event);
    }
    ended.end = end?;
    Ok(ended)
}

/// The program and its children as one family, which can be ended as one.
fn family(command: Command) -> CommandWrap {
    let mut command = CommandWrap::from(command);
    #[cfg(unix)]
    command.wrap(process_wrap::std::ProcessGroup::leader());
    #[cfg(windows)]
    command.wrap(process_wrap::std::JobObject);
    command
}

/// Passes on what comes from a stream, until it is closed.
fn pass_on(
    mut stream: impl Read + Send + 'static,
    event: fn(Vec<u8>) -> Event,
    to: Sender<Event>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            // The other end waits for all of it.
            let _ = to.send(event(buffer[..length].to_vec()));
        }
        let _ = to.send(Event::Closed);
    })
}

/// Collects what the program prints, until it ends or must be ended. `open`
/// streams have not been closed yet.
fn follow(
    child: &mut dyn ChildWrapper,
    mut open: usize,
    deadline: Option<Instant>,
    events: &Receiver<Event>,
    ended: &mut Ended,
) -> io::Result<End> {
    loop {
        let now = Instant::now();
        let left = deadline.map(|end| end.saturating_duration_since(now));
        if left == Some(Duration::ZERO) {
            return Ok(End::TimeOver);
        }
        let mut wait = left.unwrap_or(Duration::MAX);
        if open == 0 {
            if let Some(status) = child.try_wait()? {
                return Ok(End::Exited(status));
            }
            wait = wait.min(ASK_AGAIN);
        }
        match events.recv_timeout(wait) {
            Ok(Event::Stop) => return Ok(End::Stopped),
            Ok(Event::Closed) => open -= 1,
            Ok(event) => ended.take(event),
            Err(_) => {}
        }
    }
}

impl Ended {
    /// Keeps what a program prints, up to [`MOST`].
    fn take(&mut self, event: Event) {
        let (kept, bytes) = match event {
            Event::Stdout(bytes) => (&mut self.stdout, bytes),
            Event::Stderr(bytes) => (&mut self.stderr, bytes),
            Event::Closed | Event::Stop => return,
        };
        let room = MOST.saturating_sub(kept.len());
        kept.extend(bytes.into_iter().take(room));
    }
}
