//! The player of a session: it types when it is its turn, and compares what is
//! printed.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    book::{OwnSettings, SessionSettings},
    finding::Finding,
    session::{
        Action, Session, Step,
        copy::refresh,
        numbers::{Renaming, Varying},
        own,
        port::Port,
        printed::Printed,
        report::report,
        terminal::Terminal,
    },
};

/// Before anything is typed, how long to wait for a line that comes too early.
const MOMENT: Duration = Duration::from_millis(50);

/// After the last line of a session, how long to wait for one too many.
const SETTLING: Duration = Duration::from_millis(300);

/// There is one copy of the project, and one session at a time plays in it.
static COPY: Mutex<()> = Mutex::new(());

/// A session that is being played.
pub struct Player<'a> {
    folder: PathBuf,
    session: &'a Session,
    own: Option<&'a OwnSettings>,
    environment: BTreeMap<String, String>,
    /// How long to wait for a line.
    pub deadline: Duration,
    /// Where numbers may differ, and which is which.
    pub varying: Varying,
    /// The numbers of the page, and those of the run.
    pub renaming: Renaming,
    /// The terminals in which something was started.
    pub terminals: BTreeMap<String, Terminal>,
    /// What they have printed.
    pub printed: Printed<'a>,
}

impl<'a> Player<'a> {
    /// A session before its first step.
    ///
    /// # Errors
    ///
    /// When the system has no port to give, or the settings make no sense.
    pub fn new(
        root: &Path,
        settings: &'a SessionSettings,
        session: &'a Session,
    ) -> io::Result<Player<'a>> {
        let mut environment = settings.env.clone();
        let mut renaming = Renaming::default();
        let port = settings.port.map(Port::new).transpose()?;
        if let Some(port) = &port {
            if let Some(variable) = &settings.port_variable {
                let free = port.free().to_owned();
                environment.insert(variable.clone(), free);
            }
            // Lines are compared after the port has been put back, so it
            // stands for itself, and no other number can take its place.
            renaming.settle(port.written(), port.written());
        }
        Ok(Player {
            folder: root.to_owned(),
            session,
            own: settings.own.as_ref(),
            environment,
            deadline: Duration::from_secs(settings.deadline),
            varying: Varying::new(&settings.varying)
                .map_err(io::Error::other)?,
            renaming,
            terminals: BTreeMap::new(),
            printed: Printed::new(&settings.prompts, port),
        })
    }

    /// Moves to a copy of the project if the session changes files, and
    /// returns what keeps other sessions from doing the same.
    pub fn copy(
        &mut self,
        root: &Path,
    ) -> io::Result<Option<MutexGuard<'static, ()>>> {
        if !self.session.copy && self.session.with.is_none() {
            return Ok(None);
        }
        let alone = COPY.lock().unwrap_or_else(PoisonError::into_inner);
        self.folder = refresh(root)?;
        if let Some(program) = &self.session.with {
            self.folder = self.own(program)?;
        }
        // To cargo the copy's programs and the project's are the same.
        let target = self.folder.join("target").display().to_string();
        self.environment.insert("CARGO_TARGET_DIR".into(), target);
        Ok(Some(alone))
    }

    /// The reader's own package in the copy, with this program.
    fn own(&self, program: &str) -> io::Result<PathBuf> {
        let Some(own) = self.own else {
            let message = "the settings name no package of the reader's";
            return Err(io::Error::other(message));
        };
        let text = fs::read_to_string(self.folder.join(program))?;
        let text = self.on_the_free_port(&text);
        own::fill(&self.folder, own, &self.environment, &text)
    }

    /// Takes a step of the page. The inner error is a failure of the session.
    pub fn take(
        &mut self,
        step: &Step,
    ) -> io::Result<Result<(), Box<Finding>>> {
        match &step.action {
            Action::Print(expected) => Ok(self.expect(step, expected)),
            _ => match self.nothing_more(step) {
                Ok(()) => self.act(step),
                Err(failure) => Ok(Err(failure)),
            },
        }
    }

    /// Types a command or a line, or presses a key.
    pub fn act(&mut self, step: &Step) -> io::Result<Result<(), Box<Finding>>> {
        match &step.action {
            Action::Command(command) => return self.start(step, command),
            Action::Type(line) => {
                let line = self.on_the_free_port(line) + "\n";
                return Ok(self.press(step, line.as_bytes()));
            }
            Action::Key(key) => {
                let byte = u8::try_from(*key).unwrap_or_default() & 0x1f;
                return Ok(self.press(step, &[byte]));
            }
            Action::Edit(path) => return Ok(self.edit(step, path)),
            Action::Print(_) => {}
        }
        Ok(Ok(()))
    }

    /// Makes an edit in the copy.
    fn edit(&mut self, step: &Step, path: &str) -> Result<(), Box<Finding>> {
        let made = self.session.edit(path, &self.folder);
        made.map_err(|error| self.failure(step, &error.to_string()))
    }

    fn start(
        &mut self,
        step: &Step,
        command: &str,
    ) -> io::Result<Result<(), Box<Finding>>> {
        if let Err(failure) = self.wait_for_end(step) {
            return Ok(Err(failure));
        }
        let name = &*step.terminal;
        let terminal = Terminal::start(
            name,
            &self.on_the_free_port(command),
            &self.folder,
            &self.environment,
            self.printed.sender(),
        )?;
        self.printed.ended.retain(|ended| ended != name);
        self.terminals.insert(name.to_owned(), terminal);
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
            if let Some(line) = self.printed.next(name) {
                if self.renaming.agree(&self.varying, expected, &line) {
                    return Ok(());
                }
                let message = format!("it printed `{line}`");
                return Err(self.failure(step, &message));
            }
            if self.printed.ended.contains(name) {
                let message = "the program ended without printing this line";
                return Err(self.failure(step, message));
            }
            if !self.printed.listen(until) {
                let seconds = self.deadline.as_secs();
                let message =
                    format!("the line did not appear in {seconds} seconds");
                return Err(self.failure(step, &message));
            }
        }
    }

    /// Whatever has been printed by now must have been expected.
    fn nothing_more(&mut self, step: &Step) -> Result<(), Box<Finding>> {
        self.printed.listen_for(MOMENT);
        let Some((name, line)) = self.printed.lines.first() else {
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
        while !self.printed.ended.contains(name) {
            if !self.printed.listen(until) {
                let message = "the program before it has not ended";
                return Err(self.failure(step, message));
            }
        }
        self.nothing_more(step)
    }

    /// At the end, no program may have more to say.
    pub fn finish(mut self) -> Result<(), Box<Finding>> {
        let Some(last) = self.session.steps.last() else {
            return Ok(());
        };
        self.printed.listen_for(SETTLING);
        let Some((name, line)) = self.printed.lines.first() else {
            return Ok(());
        };
        let message =
            format!("after the last line, `{name}` printed one more: `{line}`");
        Err(self.failure(last, &message))
    }

    /// The page's port is another one in the run.
    fn on_the_free_port(&self, text: &str) -> String {
        let port = self.printed.port.as_ref();
        port.map_or_else(|| text.to_owned(), |port| port.to_run(text))
    }

    fn failure(&mut self, step: &Step, message: &str) -> Box<Finding> {
        // What comes late still helps to understand.
        self.printed.listen_for(SETTLING);
        let finding = self
            .session
            .file
            .finding("session", step.range.clone(), message)
            .hint("`PROOF=overwrite cargo test` writes what really happens")
            .report(report(self.session, &self.printed.history));
        Box::new(finding)
    }
}
