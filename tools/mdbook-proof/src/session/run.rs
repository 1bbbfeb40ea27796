//! Running a session: the commands for real, typed when it is their turn, and
//! what they print compared with the page.
//!
//! Before anything is typed, everything that stands above it on the page must
//! have been printed, in its terminal and in its order, and nothing else. So
//! the order of what happens in two terminals is proved wherever the page
//! makes one wait for the other.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    book::SessionSettings,
    finding::Finding,
    session::{
        Action, Session, Step,
        copy::refresh,
        numbers::{Renaming, Varying},
        terminal::{Event, Terminal},
    },
};

/// Before anything is typed, how long to wait for a line that comes too early.
const MOMENT: Duration = Duration::from_millis(50);

/// After the last line of a session, how long to wait for one too many.
const SETTLING: Duration = Duration::from_millis(300);

/// When a session is rewritten, how long a silence means that a program has
/// said what it has to say.
const SILENCE: Duration = Duration::from_millis(1500);

/// What has come of a session.
#[derive(Debug)]
pub enum Outcome {
    /// Everything happened as the page says.
    Passed,
    /// This machine lacks a program, so nothing was run.
    NotReplayed(String),
    /// Something else happened.
    Failed(Box<Finding>),
}

/// Runs the commands that come before all sessions.
///
/// # Errors
///
/// When one of them cannot be run, or fails.
pub fn prepare(root: &Path, settings: &SessionSettings) -> Result<()> {
    for command in &settings.prepare {
        let status = Command::new("sh")
            .args(["-c", command])
            .current_dir(root)
            .envs(&settings.env)
            .status()
            .with_context(|| format!("cannot run `{command}`"))?;
        if !status.success() {
            bail!("`{command}` failed before the sessions");
        }
    }
    Ok(())
}

/// Runs a session in the folder `root`.
///
/// # Errors
///
/// When the system has no port, terminal or process to give.
pub fn run(
    root: &Path,
    settings: &SessionSettings,
    session: &Session,
) -> io::Result<Outcome> {
    if let Some(program) = missing(session) {
        return Ok(Outcome::NotReplayed(program));
    }
    let mut runner = Runner::new(root, settings, session)?;
    let _alone = runner.copy(root)?;
    for step in &session.steps {
        if let Err(failure) = runner.take(step)? {
            return Ok(Outcome::Failed(failure));
        }
    }
    Ok(match runner.finish() {
        Ok(()) => Outcome::Passed,
        Err(failure) => Outcome::Failed(failure),
    })
}

/// Runs a session and returns its lines as they really happened, in the
/// numbers of the page where it has any.
///
/// # Errors
///
/// When the system has no port, terminal or process to give, or a program is
/// missing.
pub fn record(
    root: &Path,
    settings: &SessionSettings,
    session: &Session,
) -> io::Result<String> {
    if let Some(program) = missing(session) {
        return Err(io::Error::other(format!("{program} is not installed")));
    }
    let mut runner = Runner::new(root, settings, session)?;
    let _alone = runner.copy(root)?;
    let mut spare: Vec<String> = Vec::new();
    for step in &session.steps {
        if let Action::Print(line) = &step.action {
            spare.extend(Renaming::numbers(&runner.varying, line));
        }
    }
    let mut text = String::new();
    for step in &session.steps {
        if matches!(step.action, Action::Print(_)) {
            continue;
        }
        runner.transcribe(&mut text, &mut spare);
        if let Err(failure) = runner.act(step)? {
            return Err(io::Error::other(failure.message));
        }
        let line = &session.file.text[step.range.clone()];
        text += line;
        text.push('\n');
    }
    runner.transcribe(&mut text, &mut spare);
    Ok(text)
}

/// The first program of a session that this machine does not have. What is
/// more than a plain word is for the shell to find out.
fn missing(session: &Session) -> Option<String> {
    let commands = session.steps.iter().filter_map(|step| match &step.action {
        Action::Command(command) => Some(command),
        _ => None,
    });
    let is_plain = |word: &&str| {
        word.chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    commands
        .filter_map(|command| {
            // A bar in quotation marks does not begin a command.
            let quoted = command.contains(['"', '\'']);
            let whole = if quoted { None } else { Some('|') };
            let parts = command.split(|c| Some(c) == whole);
            let mut programs = parts
                .filter_map(|part| part.split_whitespace().next())
                .filter(is_plain);
            let missing = programs.find(|program| !shell_knows(program));
            missing.map(str::to_owned)
        })
        .next()
}

/// Whether the shell can run `program`, itself or from the search path.
fn shell_knows(program: &str) -> bool {
    let output = Command::new("sh")
        .args(["-c", "command -v \"$1\"", "sh", program])
        .output();
    output.is_ok_and(|output| output.status.success())
}

/// There is one copy of the project, and one session at a time plays in it.
static COPY: Mutex<()> = Mutex::new(());

struct Runner<'a> {
    folder: PathBuf,
    session: &'a Session,
    deadline: Duration,
    environment: BTreeMap<String, String>,
    /// The port that the page writes, and the one that is used.
    port: Option<(String, String)>,
    varying: Varying,
    prompts: &'a [String],
    renaming: Renaming,
    terminals: BTreeMap<String, Terminal>,
    events: (Sender<Event>, Receiver<Event>),
    /// Lines that have been printed and not yet been compared.
    printed: Vec<(String, String)>,
    /// Terminals whose programs have ended.
    ended: Vec<String>,
    /// Everything that happened, for the report.
    history: Vec<(String, String)>,
}

impl<'a> Runner<'a> {
    fn new(
        root: &Path,
        settings: &'a SessionSettings,
        session: &'a Session,
    ) -> io::Result<Runner<'a>> {
        let mut environment = settings.env.clone();
        let mut renaming = Renaming::default();
        let mut port = None;
        if let Some(written) = settings.port {
            let free = free_port()?.to_string();
            if let Some(variable) = &settings.port_variable {
                environment.insert(variable.clone(), free.clone());
            }
            // Lines are compared after the port has been put back, so it
            // stands for itself, and no other number can take its place.
            renaming.settle(&written.to_string(), &written.to_string());
            port = Some((written.to_string(), free));
        }
        Ok(Runner {
            folder: root.to_owned(),
            session,
            deadline: Duration::from_secs(settings.deadline),
            environment,
            port,
            varying: Varying::new(&settings.varying)
                .map_err(io::Error::other)?,
            prompts: &settings.prompts,
            renaming,
            terminals: BTreeMap::new(),
            events: channel(),
            printed: Vec::new(),
            ended: Vec::new(),
            history: Vec::new(),
        })
    }

    /// Moves to a copy of the project if the session changes files, and
    /// returns what keeps other sessions from doing the same.
    fn copy(
        &mut self,
        root: &Path,
    ) -> io::Result<Option<MutexGuard<'static, ()>>> {
        if !self.session.copy {
            return Ok(None);
        }
        let alone = COPY.lock().unwrap_or_else(PoisonError::into_inner);
        self.folder = refresh(root)?;
        // To cargo the copy's programs and the project's are the same.
        let target = self.folder.join("target").display().to_string();
        self.environment.insert("CARGO_TARGET_DIR".into(), target);
        Ok(Some(alone))
    }

    /// Takes a step of the page. The inner error is a failure of the session.
    fn take(&mut self, step: &Step) -> io::Result<Result<(), Box<Finding>>> {
        match &step.action {
            Action::Print(expected) => Ok(self.expect(step, expected)),
            _ => match self.nothing_more(step) {
                Ok(()) => self.act(step),
                Err(failure) => Ok(Err(failure)),
            },
        }
    }

    fn act(&mut self, step: &Step) -> io::Result<Result<(), Box<Finding>>> {
        let name = &*step.terminal;
        match &step.action {
            Action::Command(command) => {
                if let Err(failure) = self.wait_for_end(step) {
                    return Ok(Err(failure));
                }
                let command = self.on_the_free_port(command);
                let terminal = Terminal::start(
                    name,
                    &command,
                    &self.folder,
                    &self.environment,
                    self.events.0.clone(),
                )?;
                self.ended.retain(|ended| ended != name);
                self.terminals.insert(name.to_owned(), terminal);
            }
            Action::Type(line) => {
                let line = self.on_the_free_port(line) + "\n";
                return Ok(self.press(step, line.as_bytes()));
            }
            Action::Key(key) => {
                let byte = u8::try_from(*key).unwrap_or_default() & 0x1f;
                return Ok(self.press(step, &[byte]));
            }
            Action::Print(_) => {}
        }
        Ok(Ok(()))
    }

    fn press(&mut self, step: &Step, bytes: &[u8]) -> Result<(), Box<Finding>> {
        let deadline = self.deadline;
        let running =
            self.terminals
                .get_mut(&step.terminal)
                .is_some_and(|terminal| {
                    terminal.is_running()
                        && terminal.write(bytes, deadline).is_ok()
                });
        if running {
            return Ok(());
        }
        Err(self.failure(step, "the program has ended, or does not read this"))
    }

    /// Waits until the terminal prints a line, which must be this one.
    fn expect(
        &mut self,
        step: &Step,
        expected: &str,
    ) -> Result<(), Box<Finding>> {
        let until = Instant::now() + self.deadline;
        loop {
            let name = &step.terminal;
            let next = self.printed.iter().position(|(from, _)| from == name);
            if let Some(next) = next {
                let (_, line) = self.printed.remove(next);
                if self.renaming.agree(&self.varying, expected, &line) {
                    return Ok(());
                }
                let message = format!("it printed `{line}`");
                return Err(self.failure(step, &message));
            }
            if self.ended.contains(name) {
                let message = "the program ended without printing this line";
                return Err(self.failure(step, message));
            }
            if !self.listen(until) {
                let seconds = self.deadline.as_secs();
                let message =
                    format!("the line did not appear in {seconds} seconds");
                return Err(self.failure(step, &message));
            }
        }
    }

    /// Whatever has been printed by now must have been expected.
    fn nothing_more(&mut self, step: &Step) -> Result<(), Box<Finding>> {
        self.listen_for(MOMENT);
        let Some((name, line)) = self.printed.first() else {
            return Ok(());
        };
        let message =
            format!("before this, `{name}` printed one line more: `{line}`");
        Err(self.failure(step, &message))
    }

    /// A command can be typed only when the one before it has ended.
    fn wait_for_end(&mut self, step: &Step) -> Result<(), Box<Finding>> {
        let name = &step.terminal;
        if !self.terminals.contains_key(name) {
            return Ok(());
        }
        let until = Instant::now() + self.deadline;
        while !self.ended.contains(name) {
            if !self.listen(until) {
                let message = "the program before it has not ended";
                return Err(self.failure(step, message));
            }
        }
        self.nothing_more(step)
    }

    /// At the end, no program may have more to say.
    fn finish(mut self) -> Result<(), Box<Finding>> {
        let Some(last) = self.session.steps.last() else {
            return Ok(());
        };
        self.listen_for(SETTLING);
        let Some((name, line)) = self.printed.first() else {
            return Ok(());
        };
        let message =
            format!("after the last line, `{name}` printed one more: `{line}`");
        Err(self.failure(last, &message))
    }

    /// Takes in all that happens in this time, and no more: a program may go
    /// on printing for ever.
    fn listen_for(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while self.listen(until) && Instant::now() < until {}
    }

    /// Waits for something to happen; says whether it did before `until`.
    fn listen(&mut self, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        match self.events.1.recv_timeout(left) {
            Ok(Event {
                terminal,
                line: Some(line),
            }) => {
                let Some(line) = self.unprompted(&line) else {
                    return true;
                };
                let line = self.written(line);
                self.history.push((terminal.clone(), line.clone()));
                self.printed.push((terminal, line));
                true
            }
            Ok(Event {
                terminal,
                line: None,
            }) => {
                self.ended.push(terminal);
                true
            }
            Err(_) => false,
        }
    }

    /// Adds what is printed, until there is silence, to the text of a session.
    fn transcribe(&mut self, text: &mut String, spare: &mut Vec<String>) {
        let first = Instant::now() + self.deadline;
        let is_waiting = !self.terminals.is_empty();
        if is_waiting && self.printed.is_empty() && self.ended.is_empty() {
            // The first word of a program may take long, if it is compiled.
            let silence = Instant::now() + SILENCE;
            self.listen(first.min(silence));
        }
        let latest = Instant::now() + self.deadline;
        while Instant::now() < latest && self.listen(Instant::now() + SILENCE) {
        }
        for (name, line) in std::mem::take(&mut self.printed) {
            let line = self.renaming.to_page(&self.varying, &line, spare);
            let _ = writeln!(text, "{}", format!("{name} | {line}").trim_end());
        }
    }

    /// The line without the prompts that stood before it. There is none if
    /// only prompts were printed.
    fn unprompted<'b>(&self, line: &'b str) -> Option<&'b str> {
        let mut rest = line;
        let mut prompts = self.prompts.iter();
        while let Some(after) =
            prompts.find_map(|one| rest.strip_prefix(one.as_str()))
        {
            rest = after;
            prompts = self.prompts.iter();
        }
        (!rest.is_empty() || line.is_empty()).then_some(rest)
    }

    /// The page's port is another one in the run.
    fn on_the_free_port(&self, text: &str) -> String {
        match &self.port {
            Some((written, free)) => replace_number(text, written, free),
            None => text.to_owned(),
        }
    }

    /// And the run's port is another one on the page.
    fn written(&self, text: &str) -> String {
        match &self.port {
            Some((written, free)) => replace_number(text, free, written),
            None => text.to_owned(),
        }
    }

    fn failure(&mut self, step: &Step, message: &str) -> Box<Finding> {
        // What comes late still helps to understand.
        self.listen_for(SETTLING);
        let finding = self
            .session
            .file
            .finding("session", step.range.clone(), message)
            .hint("`PROOF=overwrite cargo test` writes what really happens")
            .report(self.report());
        Box::new(finding)
    }

    /// Terminal by terminal, what the page says beside what happened.
    fn report(&self) -> String {
        let mut report = String::new();
        for name in self.session.terminals() {
            let expected = self.session.steps.iter().filter_map(|step| {
                match &step.action {
                    Action::Print(line) if step.terminal == name => {
                        Some(&**line)
                    }
                    _ => None,
                }
            });
            let expected: Vec<&str> = expected.collect();
            let history = self.history.iter();
            let got: Vec<String> = history
                .filter(|(from, _)| from == name)
                .map(|(_, line)| line.clone())
                .collect();
            let width = expected.iter().map(|line| line.chars().count());
            let width = width.max().unwrap_or_default().max(name.len() + 14);
            let title = format!("{name}, on the page");
            let _ = writeln!(report, "{title:width$}   {name}, in the run");
            for row in 0..expected.len().max(got.len()) {
                let left = expected.get(row).copied().unwrap_or_default();
                let right = got.get(row).map_or("", String::as_str);
                let _ = writeln!(
                    report,
                    "{}",
                    format!("{left:width$} | {right}").trim_end()
                );
            }
            report.push('\n');
        }
        report.trim_end().to_owned()
    }
}

/// Replaces a number where it stands alone, and not as a part of another.
fn replace_number(text: &str, number: &str, by: &str) -> String {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut replaced = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(number) {
        let (before, after) = (&rest[..at], &rest[at + number.len()..]);
        let last = before.chars().next_back();
        let alone = !is_digit(last.or(replaced.chars().next_back()))
            && !is_digit(after.chars().next());
        replaced += before;
        replaced += if alone { by } else { number };
        rest = after;
    }
    replaced + rest
}

/// A port that is free now. It is asked for and given back, so another program
/// might take it in between; the session would say so and fail.
fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    Ok(listener.local_addr()?.port())
}
