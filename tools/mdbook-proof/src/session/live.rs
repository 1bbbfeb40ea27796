//! A session played before a reader's eyes: either all is typed for them, or
//! they type, and each line is told when it is printed and compared with the
//! page. Behind the last line, or when something else has happened, or been
//! typed, the session is free: its programs stay, and can be typed into.

use std::{
    convert::Infallible,
    fs, io,
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        mpsc::{SyncSender, TrySendError::Disconnected},
    },
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use similar::TextDiff;

use crate::{
    book::SessionSettings,
    session::{
        Action, Session, Step,
        builds::builds,
        copy::{self, Alone, refresh},
        own,
        player::{MOMENT, Mismatch, Player, SETTLING},
        printed::{Channel, Happened, channel},
        programs::{missing, missing_in},
        terminal::Terminal,
    },
};

/// After so much time without anything typed, a play is over.
pub const WITHOUT_INPUT: Duration = Duration::from_secs(10 * 60);

/// So much may be printed without anything typed, in lines and in bytes. Who
/// prints more prints without end.
const LINES: usize = 5_000;
const BYTES: usize = 1 << 20;

/// How long a program may take to take what is typed.
const TAKING: Duration = Duration::from_millis(500);

/// How often one is told for how long a line is waited for.
const TELLING: Duration = Duration::from_secs(1);

/// How often to ask whether the copy of the project is free.
const ASKING: Duration = Duration::from_millis(200);

/// How many lines are shown around what an edit has changed.
const AROUND: usize = 3;

/// How many visitors a play may have.
const VISITORS: usize = 4;

/// Who types what the page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// It is typed for the reader.
    Watch,
    /// The reader.
    Yourself,
}

/// What is typed, or was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A command at the prompt.
    Command,
    /// A line for the running program.
    Line,
    /// A key together with Ctrl.
    Key,
    /// An edit of the file that the text names.
    Edit,
}

/// What a reader asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// To type a line. Where nothing runs, it must be a command of the page.
    Type {
        /// The terminal.
        terminal: String,
        /// The line, without its end.
        text: String,
    },
    /// To press a key together with Ctrl.
    Key {
        /// The terminal.
        terminal: String,
        /// The key, such as `C`.
        key: char,
    },
    /// To make the edit whose turn it is.
    Edit,
    /// To open one more client of the play's server.
    Visit,
    /// To look whether it was stopped.
    Look,
}

/// What is told of a play.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(
    tag = "tell",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Notice {
    /// It has begun.
    Started {
        /// The names of its terminals, in their order on the page.
        terminals: Vec<String>,
        /// How many lines the page has; none if nothing is compared.
        steps: usize,
        /// The ports of the pages, and those that are used in their place.
        ports: Vec<(String, String)>,
    },
    /// What one waits for: a line of cargo's, or for how long already. Empty
    /// when there is nothing to wait for.
    Progress {
        /// In one line.
        text: String,
    },
    /// Something was typed, by whomever.
    Typed {
        /// The terminal.
        terminal: String,
        /// What it was.
        kind: Kind,
        /// The command, the line, the key, or the file of the edit.
        text: String,
    },
    /// A line was printed.
    Printed {
        /// The terminal.
        terminal: String,
        /// The line.
        text: String,
    },
    /// The program of a terminal, and all that it had started, has ended.
    Ended {
        /// The terminal.
        terminal: String,
    },
    /// It is the reader's turn to type this.
    Turn {
        /// The terminal.
        terminal: String,
        /// What is to be typed.
        kind: Kind,
        /// The command, the line, the key, or the file of the edit.
        text: String,
    },
    /// So many lines of the page have happened.
    At {
        /// How many.
        step: usize,
    },
    /// An edit was made in the copy.
    Diff {
        /// The file, relative to the project.
        file: String,
        /// What differs from the project's file, as a unified diff.
        text: String,
    },
    /// How the page and the screen compare.
    Verdict {
        /// In a few words, such as `as the page says, 16 of 16`.
        said: String,
        /// The first difference, if there is one.
        difference: Option<Difference>,
    },
    /// From here on nothing is compared, and whatever runs can be typed into.
    Free {
        /// Why.
        why: String,
    },
    /// What was asked for is not done; the play goes on.
    Refused {
        /// Why.
        why: String,
    },
    /// It has ended, and so have all its processes.
    Over {
        /// Why; empty if it was asked for.
        why: String,
    },
}

/// Where the page and the screen differ first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// The line of the session, counted from 1.
    pub step: usize,
    /// The terminal.
    pub terminal: String,
    /// What the page has there; none if it has no more to be printed.
    pub expected: Option<String>,
    /// What was printed; none if nothing was.
    pub got: Option<String>,
    /// What has happened, in a sentence.
    pub why: String,
}

/// What is to be played, and how.
#[derive(Debug, Clone)]
pub struct Play {
    /// The folder of the project.
    pub root: PathBuf,
    /// How sessions are run.
    pub settings: SessionSettings,
    /// What the page says.
    pub session: Session,
    /// Whether the rest is compared with the page. If not, the first command is
    /// run, and the play is free.
    pub is_compared: bool,
    /// Who types.
    pub way: Way,
    /// How long to wait before something is typed, so that one can follow.
    pub pace: Duration,
    /// After how long without anything typed it is over; usually
    /// [`WITHOUT_INPUT`].
    pub patience: Duration,
}

/// Where a reader asks for something; it never waits.
#[derive(Debug, Clone)]
pub struct Reader {
    happened: SyncSender<Happened>,
    stopped: Arc<OnceLock<String>>,
}

impl Reader {
    /// Asks for something. Says whether somebody will hear it: nobody does if
    /// the play is over, or has too much to listen to.
    pub fn ask(&self, input: Input) -> bool {
        self.happened.try_send(Happened::Asked(input)).is_ok()
    }

    /// Whether nobody will ever hear it.
    pub fn is_over(&self) -> bool {
        let look = Happened::Asked(Input::Look);
        matches!(self.happened.try_send(look), Err(Disconnected(_)))
    }

    /// Ends the play, whatever it is listening to. `why` is empty if the
    /// reader has asked for it.
    pub fn stop(&self, why: &str) {
        let _ = self.stopped.set(why.to_owned());
        // It may wait for something to happen.
        self.ask(Input::Look);
    }
}

/// What a play listens to.
#[derive(Debug)]
pub struct Ear {
    channel: Channel,
    stopped: Arc<OnceLock<String>>,
}

/// A reader, and what a play needs to hear them.
pub fn reader() -> (Reader, Ear) {
    let channel = channel();
    let stopped = Arc::default();
    let reader = Reader {
        happened: channel.0.clone(),
        stopped: Arc::clone(&stopped),
    };
    (reader, Ear { channel, stopped })
}

/// Plays to the end: until the reader stops it, its time is over, or it cannot
/// go on. When this returns, all its processes have ended.
pub fn play(play: &Play, ear: Ear, tell: &mut dyn FnMut(Notice)) {
    let Err(Over(why)) = play_to_end(play, ear, tell);
    tell(Notice::Over { why });
}

fn play_to_end(
    play: &Play,
    ear: Ear,
    tell: &mut dyn FnMut(Notice),
) -> Result<Infallible, Over> {
    let mut live = Live::new(play, ear, tell)?;
    let over = live.run();
    live.leave()?;
    over
}

/// How far a play is.
enum Stage {
    /// The page's lines are being played.
    Page,
    /// The last one has happened; at this moment it is known whether it was
    /// the last.
    Settling(Instant),
    /// Nothing is compared any more.
    Free,
}

struct Live<'a> {
    play: &'a Play,
    tell: &'a mut dyn FnMut(Notice),
    /// Why it was stopped, if it was.
    stopped: Arc<OnceLock<String>>,
    player: Player<'a>,
    /// How many lines of the page have happened.
    at: usize,
    /// Since when the next one is waited for.
    since: Instant,
    stage: Stage,
    /// Whether the reader knows whose turn it is.
    is_turn_told: bool,
    /// What has been told to have ended.
    ended: Vec<String>,
    /// Since when nothing was typed, and what was printed since.
    input: Instant,
    lines: usize,
    bytes: usize,
    visitors: usize,
    is_waiting_told: bool,
    alone: Option<Alone>,
}

/// Why a play is over.
struct Over(String);

impl From<io::Error> for Over {
    fn from(error: io::Error) -> Over {
        Over(format!("it cannot go on: {error}"))
    }
}

impl<'a> Live<'a> {
    fn new(
        play: &'a Play,
        Ear { channel, stopped }: Ear,
        tell: &'a mut dyn FnMut(Notice),
    ) -> io::Result<Live<'a>> {
        let Play {
            root,
            settings,
            session,
            ..
        } = play;
        let mut player = Player::listening(root, settings, session, channel)?;
        player.taking = TAKING;
        Ok(Live {
            play,
            tell,
            stopped,
            player,
            at: 0,
            since: Instant::now(),
            stage: Stage::Page,
            is_turn_told: false,
            ended: Vec::new(),
            input: Instant::now(),
            lines: 0,
            bytes: 0,
            visitors: 0,
            is_waiting_told: false,
            alone: None,
        })
    }

    /// Plays until it is over.
    fn run(&mut self) -> Result<Infallible, Over> {
        if let Some(program) = missing(&self.play.session) {
            return Err(Over(format!("this machine has no `{program}`")));
        }
        let ports = self.player.printed.ports.pairs();
        let ports = ports.map(|(page, free)| (page.into(), free.into()));
        let ports = ports.collect();
        let session = &self.play.session;
        let terminals = session.terminals().into_iter().map(str::to_owned);
        let is_compared = self.play.is_compared;
        (self.tell)(Notice::Started {
            terminals: terminals.collect(),
            steps: if is_compared { session.steps.len() } else { 0 },
            ports,
        });
        self.prepare()?;
        self.since = Instant::now();
        loop {
            self.go_on()?;
            self.listen(self.due())?;
            while let Some(input) = self.player.printed.asked.pop_front() {
                self.take(input)?;
            }
        }
    }

    /// Ends all processes, and undoes what they have changed in the copy.
    fn leave(mut self) -> io::Result<()> {
        self.player.terminals.clear();
        if self.alone.is_some() {
            refresh(&self.play.root)?;
        }
        Ok(())
    }

    // ---- Before the first line ----

    /// Moves to the copy of the project, if that is where it is played.
    fn prepare(&mut self) -> Result<(), Over> {
        let root = &self.play.root;
        if !self.play.session.needs_copy() {
            return Ok(());
        }
        let alone = loop {
            if let Some(alone) = Alone::now(&copy::folder(root))? {
                break alone;
            }
            let text = "another session plays in the copy of the project";
            self.progress(text);
            self.listen(Instant::now() + ASKING)?;
        };
        self.alone = Some(alone);
        self.progress("copying the project");
        self.player.move_to_copy(root)?;
        let Some((own, copy)) = self.player.own_package()? else {
            return Ok(());
        };
        if let Some(script) = own::to_make(&copy, own)? {
            let folder = std::mem::replace(&mut self.player.folder, copy);
            let last = self.aside(&script)?;
            self.player.folder = folder;
            if own::to_make(self.player.copied(), own)?.is_some() {
                let why = format!("your package cannot be made: {last}");
                return Err(Over(why));
            }
        }
        self.player.fill_own()?;
        Ok(())
    }

    /// Runs something that is no part of the session, tells what it says as
    /// progress, and returns the last of it.
    fn aside(&mut self, command: &str) -> Result<String, Over> {
        const NAME: &str = "";
        let mut environment = self.player.environment.clone();
        environment.insert("CARGO_TERM_QUIET".into(), "false".into());
        environment.insert("CARGO_TERM_PROGRESS_WHEN".into(), "never".into());
        let _terminal = Terminal::start(
            NAME,
            command,
            &self.player.folder,
            &environment,
            self.player.printed.listener(),
        )?;
        self.progress(command);
        let mut last = String::new();
        let is_here = |name: &String| name == NAME;
        while !self.player.printed.ended.iter().any(is_here) {
            self.listen(Instant::now() + TELLING)?;
            for line in std::mem::take(&mut self.player.printed.aside) {
                self.progress(line.trim());
                last = line;
            }
        }
        self.player.printed.ended.retain(|name| name != NAME);
        self.progress("");
        Ok(last)
    }

    fn progress(&mut self, text: &str) {
        let text = text.to_owned();
        (self.tell)(Notice::Progress { text });
    }

    // ---- The page's lines ----

    /// Plays as many lines of the page as it can now.
    fn go_on(&mut self) -> Result<(), Over> {
        loop {
            match self.stage {
                Stage::Free => return Ok(()),
                Stage::Settling(until) => {
                    self.settle(until);
                    return Ok(());
                }
                Stage::Page => {}
            }
            let Some(step) = self.play.session.steps.get(self.at) else {
                self.stage = Stage::Settling(Instant::now() + SETTLING);
                continue;
            };
            let done = match &step.action {
                Action::Print(line) => self.expect(step, line),
                _ => self.turn(step)?,
            };
            if !done {
                return Ok(());
            }
        }
    }

    /// Says whether the line has appeared.
    fn expect(&mut self, step: &Step, line: &str) -> bool {
        match self.player.compare(&step.terminal, line) {
            Some(Ok(())) => self.happened(),
            Some(Err(mismatch)) => self.differ(mismatch),
            None if self.is_too_late() => {
                let why = self.player.too_late();
                self.differ(Mismatch::because(why));
            }
            None => return false,
        }
        true
    }

    fn is_too_late(&self) -> bool {
        self.since.elapsed() > self.player.deadline
    }

    fn happened(&mut self) {
        self.at += 1;
        self.since = Instant::now();
        self.is_turn_told = false;
        if std::mem::take(&mut self.is_waiting_told) {
            self.progress("");
        }
        if self.play.is_compared {
            (self.tell)(Notice::At { step: self.at });
        } else {
            self.stage = Stage::Free;
        }
    }

    /// It is somebody's turn to type. Says whether it was done.
    fn turn(&mut self, step: &Step) -> Result<bool, Over> {
        if let Some(one) = self.player.one_too_many("before this") {
            self.differ(one);
            return Ok(true);
        }
        let is_command = matches!(step.action, Action::Command(_));
        if is_command && !self.player.is_at_prompt(&step.terminal) {
            if self.is_too_late() {
                let why = "the program before it has not ended";
                self.differ(Mismatch::because(why));
                return Ok(true);
            }
            return Ok(false);
        }
        if self.play.way == Way::Watch {
            if Instant::now() < self.typing() {
                return Ok(false);
            }
            self.act(step)?;
            return Ok(true);
        }
        if !self.is_turn_told && self.since.elapsed() >= MOMENT {
            self.is_turn_told = true;
            let (kind, text) = typed(&step.action);
            (self.tell)(Notice::Turn {
                terminal: step.terminal.clone(),
                kind,
                text,
            });
        }
        Ok(false)
    }

    /// When the next line is typed for the reader.
    fn typing(&self) -> Instant {
        let is_first = self.at == 0;
        let pace = if is_first { MOMENT } else { self.play.pace };
        self.since + pace.max(MOMENT)
    }

    /// Does what the page says.
    fn act(&mut self, step: &Step) -> Result<(), Over> {
        self.touch();
        let (kind, text) = typed(&step.action);
        self.tell_typed(&step.terminal, kind, &text);
        if let Action::Command(command) = &step.action {
            return self.start(&step.terminal, command, true);
        }
        if let Err(failure) = self.player.act(step)? {
            self.differ(Mismatch::because(failure.message));
            return Ok(());
        }
        if let Action::Edit(file) = &step.action {
            self.tell_diff(file)?;
        }
        self.happened();
        Ok(())
    }

    /// Tells what an edit has changed, from the files themselves.
    fn tell_diff(&mut self, file: &str) -> io::Result<()> {
        let before = fs::read_to_string(self.play.root.join(file))?;
        let after = fs::read_to_string(self.player.folder.join(file))?;
        let text = TextDiff::from_lines(&before, &after)
            .unified_diff()
            .context_radius(AROUND)
            .to_string();
        let file = file.to_owned();
        (self.tell)(Notice::Diff { file, text });
        Ok(())
    }

    /// Builds what a command needs, and runs it.
    fn start(
        &mut self,
        terminal: &str,
        command: &str,
        is_next: bool,
    ) -> Result<(), Over> {
        for build in builds(&self.play.root, command) {
            self.aside(&build)?;
        }
        self.ended.retain(|name| name != terminal);
        self.player.run(terminal, command)?;
        if is_next {
            self.happened();
        }
        Ok(())
    }

    /// Something else has happened than the page says.
    fn differ(&mut self, mismatch: Mismatch) {
        self.forward();
        let steps = &self.play.session.steps;
        let step = &steps[self.at.min(steps.len() - 1)];
        let expected = match &step.action {
            Action::Print(line) if self.at < steps.len() => Some(line.clone()),
            _ => None,
        };
        let terminal = mismatch.terminal.unwrap_or(step.terminal.clone());
        let happened = self.at;
        let all = steps.len();
        (self.tell)(Notice::Verdict {
            said: format!("not as the page says, from line {}", happened + 1),
            difference: Some(Difference {
                step: (happened + 1).min(all),
                terminal,
                expected,
                got: mismatch.got,
                why: mismatch.why,
            }),
        });
        self.free("The rest is not compared.");
    }

    /// At the end, no program may have more to say.
    fn settle(&mut self, until: Instant) {
        if let Some(one) = self.player.one_too_many("after the last line") {
            return self.differ(one);
        }
        if Instant::now() < until {
            return;
        }
        self.tell_right();
        self.free("");
    }

    fn tell_right(&mut self) {
        let steps = self.play.session.steps.len();
        (self.tell)(Notice::Verdict {
            said: format!("as the page says, {steps} of {steps}"),
            difference: None,
        });
    }

    fn free(&mut self, why: &str) {
        self.stage = Stage::Free;
        if std::mem::take(&mut self.is_waiting_told) {
            self.progress("");
        }
        let why = why.to_owned();
        (self.tell)(Notice::Free { why });
    }

    // ---- What the reader asks for ----

    fn take(&mut self, input: Input) -> Result<(), Over> {
        if input != Input::Look {
            self.touch();
        }
        match input {
            Input::Look => {}
            Input::Visit => return self.visit(),
            Input::Type { terminal, text } => {
                return self.type_in(&terminal, &text);
            }
            Input::Key { terminal, key } => return self.press(&terminal, key),
            Input::Edit => match self.next() {
                Some(step) if typed(&step.action).0 == Kind::Edit => {
                    return self.act(step);
                }
                _ => self.refuse("It is not the turn of an edit."),
            },
        }
        Ok(())
    }

    /// The line of the page that is to be typed now.
    fn next(&self) -> Option<&'a Step> {
        match self.stage {
            Stage::Page => self.play.session.steps.get(self.at),
            _ => None,
        }
    }

    fn type_in(&mut self, terminal: &str, text: &str) -> Result<(), Over> {
        if self.player.is_at_prompt(terminal) {
            return self.command(terminal, text);
        }
        let next = self.next().filter(|step| {
            step.terminal == terminal
                && step.action == Action::Type(text.to_owned())
        });
        if let Some(step) = next {
            return self.act(step);
        }
        self.leave_the_page();
        let line = self.player.on_free_ports(text) + "\n";
        self.send(terminal, Kind::Line, text, line.as_bytes());
        Ok(())
    }

    /// A line at the prompt: a command of the page, and no other.
    fn command(&mut self, terminal: &str, text: &str) -> Result<(), Over> {
        let is_this = |step: &&Step| {
            let Action::Command(command) = &step.action else {
                return false;
            };
            step.terminal == terminal && command.trim() == text.trim()
        };
        if let Some(step) = self.next().filter(is_this) {
            return self.act(step);
        }
        let of_the_page = self.play.session.steps.iter().find(is_this);
        let Some(step) = of_the_page.filter(|_| self.next().is_none()) else {
            self.refuse(match self.next() {
                Some(_) => {
                    "The lab runs the page's next command, and no other."
                }
                None => {
                    "Nothing runs here, and the lab runs the page's \
                         commands only."
                }
            });
            return Ok(());
        };
        let (kind, text) = typed(&step.action);
        self.tell_typed(terminal, kind, &text);
        self.start(terminal, &text, false)
    }

    fn press(&mut self, name: &str, key: char) -> Result<(), Over> {
        let next = self.next().filter(|step| {
            step.terminal == name && step.action == Action::Key(key)
        });
        if let Some(step) = next {
            return self.act(step);
        }
        let Some(byte) = u8::try_from(key).ok().filter(u8::is_ascii_uppercase)
        else {
            self.refuse("There is no such key.");
            return Ok(());
        };
        if self.player.is_at_prompt(name) {
            self.refuse("Nothing runs here.");
            return Ok(());
        }
        self.leave_the_page();
        self.send(name, Kind::Key, &key.to_string(), &[byte & 0x1f]);
        Ok(())
    }

    /// The reader has typed something else than the page.
    fn leave_the_page(&mut self) {
        if matches!(self.stage, Stage::Settling(_)) {
            // All of it has happened by then.
            self.tell_right();
            self.free("");
        }
        if !matches!(self.stage, Stage::Free) {
            self.free(
                "You have typed something else, so the rest is not compared.",
            );
        }
    }

    fn send(&mut self, terminal: &str, kind: Kind, text: &str, bytes: &[u8]) {
        if self.player.type_in(terminal, bytes) {
            self.tell_typed(terminal, kind, text);
        } else {
            self.refuse("The program has ended, or does not read this.");
        }
    }

    /// One more client of the session's server.
    fn visit(&mut self) -> Result<(), Over> {
        let visitors = &self.play.settings.visitors;
        let command = visitors
            .iter()
            .find(|command| missing_in(command).is_none());
        let Some(command) = command else {
            self.refuse("There is no netcat for it.");
            return Ok(());
        };
        if !matches!(self.stage, Stage::Free) {
            self.refuse("Let the session come to its end first.");
            return Ok(());
        }
        // Who was told to have ended may still be a process for a moment.
        let runs = |(name, terminal): (&String, &Terminal)| {
            !self.ended.contains(name) && terminal.is_running()
        };
        if !self.player.terminals.iter().any(runs) {
            self.refuse("No server runs here any more.");
            return Ok(());
        }
        if self.visitors == VISITORS {
            self.refuse("There are enough of them.");
            return Ok(());
        }
        self.visitors += 1;
        let name = format!("netcat-{}", self.visitors);
        self.tell_typed(&name, Kind::Command, command);
        self.start(&name, command, false)
    }

    fn tell_typed(&mut self, terminal: &str, kind: Kind, text: &str) {
        let (terminal, text) = (terminal.to_owned(), text.to_owned());
        (self.tell)(Notice::Typed {
            terminal,
            kind,
            text,
        });
    }

    fn refuse(&mut self, why: &str) {
        let why = why.to_owned();
        (self.tell)(Notice::Refused { why });
    }

    // ---- Time, and what is printed ----

    /// Somebody has typed something.
    fn touch(&mut self) {
        self.input = Instant::now();
        self.lines = 0;
        self.bytes = 0;
    }

    /// When to look again, if nothing happens.
    fn due(&self) -> Instant {
        let tick = Instant::now() + TELLING;
        let due = match self.stage {
            Stage::Settling(until) => until,
            Stage::Page if self.next().is_some_and(is_typed) => {
                match self.play.way {
                    Way::Watch => self.typing(),
                    Way::Yourself if self.is_turn_told => tick,
                    Way::Yourself => self.since + MOMENT,
                }
            }
            _ => tick,
        };
        // What is overdue waits for something else: a program's end, say.
        if due <= Instant::now() {
            tick
        } else {
            due.min(tick)
        }
    }

    /// Waits until something happens, or it is time to look again.
    fn listen(&mut self, until: Instant) -> Result<(), Over> {
        self.player.printed.listen(until);
        self.player.printed.listen_for(Duration::ZERO);
        self.forward();
        self.tell_waiting();
        if let Some(why) = self.stopped.get() {
            return Err(Over(why.clone()));
        }
        if self.lines > LINES || self.bytes > BYTES {
            return Err(Over(format!(
                "stopped: more than {LINES} lines or {} KiB were printed \
                 without end",
                BYTES >> 10
            )));
        }
        let patience = self.play.patience;
        if self.input.elapsed() > patience {
            let minutes = patience.as_secs() / 60;
            return Err(Over(format!(
                "stopped: nothing was typed for {minutes} minutes"
            )));
        }
        Ok(())
    }

    /// Tells what was printed and what has ended since the last time.
    fn forward(&mut self) {
        for (terminal, text) in self.player.printed.history.drain(..) {
            self.lines += 1;
            self.bytes += text.len();
            if self.lines > LINES || self.bytes > BYTES {
                break;
            }
            (self.tell)(Notice::Printed { terminal, text });
        }
        if matches!(self.stage, Stage::Free) {
            // Nobody is going to compare them.
            self.player.printed.lines.clear();
        }
        for terminal in &self.player.printed.ended {
            if !terminal.is_empty() && !self.ended.contains(terminal) {
                self.ended.push(terminal.clone());
                (self.tell)(Notice::Ended {
                    terminal: terminal.clone(),
                });
            }
        }
    }

    /// A program that is silent for long is waited for, and not forgotten.
    fn tell_waiting(&mut self) {
        let waits = match self.next() {
            Some(step) => {
                !is_typed(step) || !self.player.is_at_prompt(&step.terminal)
            }
            None => false,
        };
        let seconds = self.since.elapsed().as_secs();
        if let Some(step) = self.next()
            && waits
            && seconds >= 2
            && (self.play.way == Way::Watch || !is_typed(step))
        {
            self.is_waiting_told = true;
            let text = format!("waiting for {}, {seconds} s", step.terminal);
            self.progress(&text);
        }
    }
}

fn is_typed(step: &Step) -> bool {
    !matches!(step.action, Action::Print(_))
}

/// What is typed in a line of the page that is not printed.
fn typed(action: &Action) -> (Kind, String) {
    match action {
        Action::Command(text) => (Kind::Command, text.clone()),
        Action::Type(text) | Action::Print(text) => (Kind::Line, text.clone()),
        Action::Key(key) => (Kind::Key, key.to_string()),
        Action::Edit(file) => (Kind::Edit, file.clone()),
    }
}
