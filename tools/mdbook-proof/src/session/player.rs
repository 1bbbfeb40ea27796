//! The player of a session: it types when it is its turn, and compares what is
//! printed.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{
    book::{OwnSettings, SessionSettings},
    finding::Finding,
    session::{
        Action, Session, Step,
        copy::{self, Alone, refresh},
        numbers::{Renaming, Varying},
        own,
        port::Ports,
        printed::{Channel, Printed, channel},
        report::report,
        terminal::Terminal,
    },
};

/// Before anything is typed, how long to wait for a line that comes too early.
pub const MOMENT: Duration = Duration::from_millis(50);

/// After the last line of a session, how long to wait for one too many.
pub const SETTLING: Duration = Duration::from_millis(300);

/// How something else has happened than the page says.
#[derive(Debug)]
pub struct Mismatch {
    /// Where it happened, if that is not where the page looks.
    pub terminal: Option<String>,
    /// The line that was printed, if one was.
    pub got: Option<String>,
    /// What has happened, in a sentence.
    pub why: String,
}

impl Mismatch {
    /// A difference that is no printed line.
    pub fn because(why: impl Into<String>) -> Mismatch {
        Mismatch {
            terminal: None,
            got: None,
            why: why.into(),
        }
    }
}

/// A session that is being played.
pub struct Player<'a> {
    /// Where it is played: the book's folder, or one in the copy.
    pub folder: PathBuf,
    /// The copy of the project.
    copy_folder: PathBuf,
    /// What is played.
    pub session: &'a Session,
    own: Option<&'a OwnSettings>,
    /// What its programs find in their environment.
    pub environment: BTreeMap<String, String>,
    /// How long to wait for a line.
    pub deadline: Duration,
    /// How long a program may take to take what is typed.
    pub taking: Duration,
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
        Player::listening(root, settings, session, channel())
    }

    /// The same, told of what happens by this channel.
    ///
    /// # Errors
    ///
    /// As those of [`Player::new`].
    pub fn listening(
        root: &Path,
        settings: &'a SessionSettings,
        session: &'a Session,
        happened: Channel,
    ) -> io::Result<Player<'a>> {
        let mut environment = settings.env.clone();
        let mut renaming = Renaming::default();
        let ports = Ports::new(settings.ports.values().copied())?;
        for (variable, written) in &settings.ports {
            let free = ports.to_run(&written.to_string());
            environment.insert(variable.clone(), free);
        }
        // Lines are compared after the ports have been put back, so each
        // stands for itself, and no other number can take its place.
        for (written, _) in ports.pairs() {
            renaming.settle(written, written);
        }
        Ok(Player {
            folder: root.to_owned(),
            copy_folder: copy::folder(root),
            session,
            own: settings.own.as_ref(),
            environment,
            deadline: Duration::from_secs(settings.deadline),
            taking: Duration::from_secs(settings.deadline),
            varying: Varying::new(&settings.varying)
                .map_err(io::Error::other)?,
            renaming,
            terminals: BTreeMap::new(),
            printed: Printed::new(&settings.prompts, ports, happened),
        })
    }

    /// The folder of the copy of the project.
    pub fn copied(&self) -> &Path {
        &self.copy_folder
    }

    /// Moves to a copy of the project if the session changes files, and
    /// returns what keeps other sessions from doing the same.
    ///
    /// # Errors
    ///
    /// When the copy cannot be made.
    pub fn copy(&mut self, root: &Path) -> io::Result<Option<Alone>> {
        if !self.session.needs_copy() {
            return Ok(None);
        }
        let alone = Alone::wait(&self.copy_folder)?;
        self.move_to_copy(root)?;
        if let Some((own, copy)) = self.own_package()? {
            own::make(&copy, own, &self.environment)?;
            self.fill_own()?;
        }
        Ok(Some(alone))
    }

    /// Makes the copy what the project is now, and moves there, or to the
    /// reader's own package in it, which may not be there yet.
    ///
    /// # Errors
    ///
    /// When the copy cannot be made, or the settings name no such package.
    pub fn move_to_copy(&mut self, root: &Path) -> io::Result<()> {
        self.folder = refresh(root)?;
        if let Some((own, copy)) = self.own_package()? {
            self.folder = own::folder(&copy, own);
        }
        // To cargo the copy's programs and the project's are the same.
        let target = self.folder.join("target").display().to_string();
        self.environment.insert("CARGO_TARGET_DIR".into(), target);
        Ok(())
    }

    /// The reader's own package, if the session is played in it, and the
    /// folder of the copy that it is in.
    ///
    /// # Errors
    ///
    /// When the settings name no such package.
    pub fn own_package(
        &self,
    ) -> io::Result<Option<(&'a OwnSettings, PathBuf)>> {
        if self.session.with.is_none() {
            return Ok(None);
        }
        match self.own {
            Some(own) => Ok(Some((own, self.copy_folder.clone()))),
            None => Err(io::Error::other(
                "the settings name no package of the reader's",
            )),
        }
    }

    /// Writes the session's program into the reader's own package.
    ///
    /// # Errors
    ///
    /// When the package is not there.
    pub fn fill_own(&self) -> io::Result<()> {
        let (Some((own, copy)), Some(program)) =
            (self.own_package()?, &self.session.with)
        else {
            return Ok(());
        };
        let text = fs::read_to_string(copy.join(program))?;
        own::fill(&copy, own, &self.on_free_ports(&text))
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
                let line = self.on_free_ports(line) + "\n";
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
        self.run(&step.terminal, command)?;
        Ok(Ok(()))
    }

    /// Runs a command of the page in a terminal.
    ///
    /// # Errors
    ///
    /// When the system has no terminal or process to give.
    pub fn run(&mut self, name: &str, command: &str) -> io::Result<()> {
        // One that ran there before is ended before the next one begins.
        self.terminals.remove(name);
        let terminal = Terminal::start(
            name,
            &self.on_free_ports(command),
            &self.folder,
            &self.environment,
            self.printed.listener(),
        )?;
        self.printed.ended.retain(|ended| ended != name);
        self.terminals.insert(name.to_owned(), terminal);
        Ok(())
    }

    fn press(&mut self, step: &Step, bytes: &[u8]) -> Result<(), Box<Finding>> {
        match self.type_in(&step.terminal, bytes) {
            true => Ok(()),
            false => {
                let why = "the program has ended, or does not read this";
                Err(self.failure(step, why))
            }
        }
    }

    /// Types these bytes into what runs in a terminal. Says whether something
    /// does, and has taken them before the deadline.
    pub fn type_in(&mut self, terminal: &str, bytes: &[u8]) -> bool {
        let deadline = self.taking;
        self.terminals.get_mut(terminal).is_some_and(|terminal| {
            terminal.is_running() && terminal.write(bytes, deadline).is_ok()
        })
    }

    /// Waits until the terminal prints a line, which must be this one.
    fn expect(
        &mut self,
        step: &Step,
        expected: &str,
    ) -> Result<(), Box<Finding>> {
        let until = Instant::now() + self.deadline;
        loop {
            if let Some(result) = self.compare(&step.terminal, expected) {
                return result.map_err(|one| self.failure(step, &one.why));
            }
            if !self.printed.listen(until) {
                let why = self.too_late();
                return Err(self.failure(step, &why));
            }
        }
    }

    /// Compares the next line of a terminal with the page's. `None` as long as
    /// there is none, and one may come.
    pub fn compare(
        &mut self,
        terminal: &str,
        expected: &str,
    ) -> Option<Result<(), Mismatch>> {
        if let Some(line) = self.printed.next(terminal) {
            if self.renaming.agree(&self.varying, expected, &line) {
                return Some(Ok(()));
            }
            let why = format!("it printed `{line}`");
            return Some(Err(Mismatch {
                terminal: None,
                got: Some(line),
                why,
            }));
        }
        let ended = self.printed.ended.iter().any(|name| name == terminal);
        let why = "the program ended without printing this line";
        ended.then(|| Err(Mismatch::because(why)))
    }

    /// Says that a line has not come in its time.
    pub fn too_late(&self) -> String {
        let seconds = self.deadline.as_secs();
        format!("the line did not appear in {seconds} seconds")
    }

    /// Whatever has been printed by now must have been expected.
    fn nothing_more(&mut self, step: &Step) -> Result<(), Box<Finding>> {
        self.printed.listen_for(MOMENT);
        match self.one_too_many("before this") {
            None => Ok(()),
            Some(one) => Err(self.failure(step, &one.why)),
        }
    }

    /// A line that was printed and that the page does not have.
    pub fn one_too_many(&self, when: &str) -> Option<Mismatch> {
        let (name, line) = self.printed.lines.first()?;
        let why = format!("{when}, `{name}` printed one line more: `{line}`");
        Some(Mismatch {
            terminal: Some(name.clone()),
            got: Some(line.clone()),
            why,
        })
    }

    /// Whether a command can be typed: the one before it has ended.
    pub fn is_at_prompt(&self, terminal: &str) -> bool {
        !self.terminals.contains_key(terminal)
            || self.printed.ended.iter().any(|name| name == terminal)
    }

    /// A command can be typed only when the one before it has ended.
    fn wait_for_end(&mut self, step: &Step) -> Result<(), Box<Finding>> {
        if !self.terminals.contains_key(&step.terminal) {
            return Ok(());
        }
        let until = Instant::now() + self.deadline;
        while !self.is_at_prompt(&step.terminal) {
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
        match self.one_too_many("after the last line") {
            None => Ok(()),
            Some(one) => Err(self.failure(last, &one.why)),
        }
    }

    /// The page's ports are other ones in the run.
    pub fn on_free_ports(&self, text: &str) -> String {
        self.printed.ports.to_run(text)
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
