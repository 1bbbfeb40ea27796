//! `cargo learn` in a terminal: it stays beside the learner, checks the
//! exercise at every save, and listens to single keys.

use std::{
    path::Path,
    sync::mpsc::{self, Sender},
    thread,
};

use anyhow::Result;
use crossterm::event::{self, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::{
    check::{Outcome, check},
    exercise::Exercise,
    process::Stop,
    screen::{Line, Picture, Screen, Style},
    state::State,
    watch::{Watch, watch},
};

/// How the learner has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parting {
    /// With the key for it.
    Quit,
    /// By Ctrl-C, by a signal, or with the terminal.
    Interrupted,
}

enum Event {
    Key(KeyEvent),
    Resized,
    Saved,
    Checked(u64, Result<Option<Outcome>>),
    Interrupted,
}

/// What the body of the screen shows.
enum View {
    Exercise,
    List { cursor: usize },
    Solution(String),
}

/// A check that runs.
struct Checking {
    number: u64,
    stop: Stop,
    thread: thread::JoinHandle<()>,
}

struct Coach<'a> {
    root: &'a Path,
    exercises: &'a [Exercise],
    state: State,
    poll: bool,
    events: Sender<Event>,
    at: usize,
    view: View,
    watch: Option<Watch>,
    checking: Option<Checking>,
    checks: u64,
    outcome: Option<Outcome>,
    /// All hints, read when the first one is asked for, and how many of them
    /// are shown.
    hints: Vec<String>,
    shown: usize,
    notice: String,
    scroll: usize,
}

/// Stays with the learner until they leave. With `poll`, looks for changes
/// instead of being told of them.
///
/// # Errors
///
/// When the terminal or the exercises' files cannot be used.
pub fn coach(
    root: &Path,
    exercises: &[Exercise],
    state: State,
    poll: bool,
) -> Result<Parting> {
    let (events, received) = mpsc::channel();
    let interrupted = events.clone();
    ctrlc::set_handler(move || {
        let _ = interrupted.send(Event::Interrupted);
    })?;
    let next = state.next(exercises);
    let at = exercises
        .iter()
        .position(|one| next.is_some_and(|next| next.name == one.name));
    let mut coach = Coach {
        root,
        exercises,
        state,
        poll,
        events,
        at: at.unwrap_or(0),
        view: View::Exercise,
        watch: None,
        checking: None,
        checks: 0,
        outcome: None,
        hints: Vec::new(),
        shown: 0,
        notice: String::new(),
        scroll: 0,
    };
    let screen = Screen::open()?;
    listen(coach.events.clone());
    coach.go_to(coach.at)?;
    if at.is_none() {
        coach.view = View::List { cursor: 0 };
    }
    loop {
        screen.draw(&coach.picture(), &mut coach.scroll)?;
        let Ok(event) = received.recv() else {
            return Ok(Parting::Interrupted);
        };
        if let Some(parting) = coach.take(event)? {
            coach.stop_checking();
            return Ok(parting);
        }
    }
}

/// Passes on what the terminal says. This thread ends with the process.
fn listen(events: Sender<Event>) {
    thread::spawn(move || {
        loop {
            let event = match event::read() {
                Ok(event::Event::Key(key)) => Event::Key(key),
                Ok(event::Event::Resize(..)) => Event::Resized,
                Ok(_) => continue,
                Err(_) => Event::Interrupted,
            };
            let over = matches!(event, Event::Interrupted);
            if events.send(event).is_err() || over {
                return;
            }
        }
    });
}

impl Coach<'_> {
    fn exercise(&self) -> &Exercise {
        &self.exercises[self.at]
    }

    fn go_to(&mut self, at: usize) -> Result<()> {
        self.at = at;
        self.view = View::Exercise;
        self.shown = 0;
        let exercise = &self.exercises[at];
        self.state.go_to(exercise)?;
        let events = self.events.clone();
        let saved = move || drop(events.send(Event::Saved));
        self.watch = Some(watch(&exercise.source(), self.poll, saved)?);
        self.start_checking();
        Ok(())
    }

    /// Starts a check. One that still runs is of no interest any more.
    fn start_checking(&mut self) {
        self.stop_checking();
        self.outcome = None;
        self.notice.clear();
        self.scroll = 0;
        self.checks += 1;
        let number = self.checks;
        let stop = Stop::default();
        let root = self.root.to_owned();
        let exercise = self.exercise().clone();
        let events = self.events.clone();
        let stopping = stop.clone();
        let thread = thread::spawn(move || {
            let outcome = check(&root, &exercise, &stopping);
            let _ = events.send(Event::Checked(number, outcome));
        });
        self.checking = Some(Checking {
            number,
            stop,
            thread,
        });
    }

    fn stop_checking(&mut self) {
        if let Some(checking) = self.checking.take() {
            checking.stop.stop();
            // Its outcome is passed over, and so is its panic.
            let _ = checking.thread.join();
        }
    }

    fn take(&mut self, event: Event) -> Result<Option<Parting>> {
        match event {
            Event::Interrupted => return Ok(Some(Parting::Interrupted)),
            Event::Key(key) if key.kind == KeyEventKind::Press => {
                return self.press(key);
            }
            Event::Key(_) | Event::Resized => {}
            Event::Saved => {
                self.view = View::Exercise;
                self.start_checking();
            }
            Event::Checked(number, outcome) => {
                let is_this = |one: &Checking| one.number == number;
                if self.checking.as_ref().is_some_and(is_this) {
                    self.checking = None;
                    self.outcome = outcome?;
                    let passed =
                        self.outcome.as_ref().is_some_and(Outcome::passed);
                    self.state.set(&self.exercises[self.at], passed)?;
                }
            }
        }
        Ok(None)
    }

    fn press(&mut self, key: KeyEvent) -> Result<Option<Parting>> {
        self.notice.clear();
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            let is_c = key.code == KeyCode::Char('c');
            return Ok(is_c.then_some(Parting::Interrupted));
        }
        match key.code {
            KeyCode::Char('q') => return Ok(Some(Parting::Quit)),
            KeyCode::Char('h') => self.hint()?,
            KeyCode::Char('n') => self.next()?,
            KeyCode::Char('l') => self.list(),
            KeyCode::Char('r') => self.reset()?,
            KeyCode::Char('s') => self.solution()?,
            KeyCode::Esc => self.show(View::Exercise),
            KeyCode::Enter => {
                if let View::List { cursor } = self.view {
                    self.go_to(cursor)?;
                }
            }
            KeyCode::Up => self.up(1),
            KeyCode::Down => self.down(1),
            KeyCode::PageUp => self.up(10),
            KeyCode::PageDown => self.down(10),
            _ => {}
        }
        Ok(None)
    }

    fn show(&mut self, view: View) {
        self.view = view;
        self.scroll = 0;
    }

    fn up(&mut self, lines: usize) {
        match &mut self.view {
            View::List { cursor } => *cursor = cursor.saturating_sub(lines),
            _ => self.scroll = self.scroll.saturating_sub(lines),
        }
    }

    fn down(&mut self, lines: usize) {
        let last = self.exercises.len() - 1;
        match &mut self.view {
            View::List { cursor } => *cursor = last.min(*cursor + lines),
            _ => self.scroll = self.scroll.saturating_add(lines),
        }
    }

    /// Shows one hint more, and scrolls to it.
    fn hint(&mut self) -> Result<()> {
        if self.shown == 0 {
            self.hints = self.exercise().hints()?;
        }
        self.view = View::Exercise;
        if self.shown == self.hints.len() {
            self.notice = "There are no more hints.".to_owned();
        }
        self.shown = self.hints.len().min(self.shown + 1);
        self.scroll = usize::MAX;
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        let count = self.exercises.len();
        let mut others = (1..count).map(|step| (self.at + step) % count);
        let open = |at: &usize| !self.state.is_done(&self.exercises[*at]);
        match others.find(open) {
            Some(at) => self.go_to(at)?,
            None => self.notice = "No other exercise is left.".to_owned(),
        }
        Ok(())
    }

    fn list(&mut self) {
        let view = match self.view {
            View::List { .. } => View::Exercise,
            _ => View::List { cursor: self.at },
        };
        self.show(view);
    }

    /// The file is watched, so the start is checked at once.
    fn reset(&mut self) -> Result<()> {
        self.notice = match self.exercise().reset()? {
            Some(name) => format!("Yours is kept as src/{name}."),
            None => "It is as it was at the start.".to_owned(),
        };
        Ok(())
    }

    fn solution(&mut self) -> Result<()> {
        if matches!(self.view, View::Solution(_)) {
            self.show(View::Exercise);
        } else if self.state.is_done(self.exercise()) {
            let solution = self.exercise().solution()?;
            self.show(View::Solution(solution));
        } else {
            self.notice = "The solution is shown when yours has passed; \
                           `cargo learn solution --peek` shows it even so."
                .to_owned();
        }
        Ok(())
    }
}

/// What is drawn.
impl Coach<'_> {
    fn picture(&self) -> Picture {
        let mut body = match &self.view {
            View::Exercise => self.verdict(),
            View::List { cursor } => self.table(*cursor),
            View::Solution(text) => vec![plain(text)],
        };
        if !self.notice.is_empty() {
            body.splice(0..0, [plain(&self.notice), plain("")]);
        }
        Picture {
            head: self.head(),
            body,
            foot: self.foot(),
        }
    }

    fn head(&self) -> Vec<Line> {
        let exercise = self.exercise();
        let folder = format!("code/exercises/{}", exercise.name);
        let (number, count) = (self.at + 1, self.exercises.len());
        let title = &exercise.title;
        vec![
            bold(&format!("Exercise {number} of {count}: {title}")),
            plain(&format!("the task: {folder}/README.md")),
            plain(&format!("your code: {folder}/src/lib.rs")),
            plain(""),
        ]
    }

    /// What the check has found, then the hints that were asked for.
    fn verdict(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        match &self.outcome {
            None => lines.push(plain("checking…")),
            Some(outcome) => {
                let style = match outcome.passed() {
                    true => Style::Good,
                    false => Style::Bad,
                };
                let text = outcome.to_string();
                let (first, rest) =
                    text.split_once('\n').unwrap_or((&text, ""));
                lines.push(Line(style, first.to_owned()));
                lines.push(plain(rest));
                if outcome.passed() {
                    lines.push(plain(&self.what_now()));
                }
            }
        }
        let count = self.hints.len();
        for (index, hint) in self.hints.iter().take(self.shown).enumerate() {
            let heading = format!("Hint {} of {count}", index + 1);
            lines.extend([plain(""), bold(&heading), plain(hint)]);
        }
        lines
    }

    fn what_now(&self) -> String {
        let done = |one: &Exercise| self.state.is_done(one);
        let next = match self.exercises.iter().all(done) {
            true => "All exercises are done. Congratulations!",
            false => "Press n to go on.",
        };
        format!("{next} Press s to compare yours with a solution.")
    }

    fn table(&self, cursor: usize) -> Vec<Line> {
        let line = |(index, exercise): (usize, &Exercise)| {
            let here = if index == cursor { '>' } else { ' ' };
            let text = format!("{here} {}", self.state.row(exercise));
            match index == cursor {
                true => bold(&text),
                false => plain(&text),
            }
        };
        self.exercises.iter().enumerate().map(line).collect()
    }

    fn foot(&self) -> Vec<Line> {
        let keys = match self.view {
            View::List { .. } => "↑ ↓ choose  Enter go there  l back  q quit",
            View::Solution(_) => "s back  n next  l list  q quit",
            View::Exercise => {
                "h hint  n next  l list  r reset  s solution  q quit"
            }
        };
        vec![
            plain(""),
            plain(&self.state.bar(self.exercises)),
            plain(keys),
        ]
    }
}

fn plain(text: &str) -> Line {
    Line(Style::Plain, text.to_owned())
}

fn bold(text: &str) -> Line {
    Line(Style::Bold, text.to_owned())
}
