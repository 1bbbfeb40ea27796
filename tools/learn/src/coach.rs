//! `cargo learn` in a terminal: it stays beside the learner, checks the
//! exercise at every save, and listens to single keys.

use std::{
    path::Path,
    sync::mpsc::{self, Sender},
    thread,
};

use anyhow::Result;
use crossterm::event::{self, KeyEvent, KeyEventKind};

use crate::{
    check::{Outcome, check},
    exercise::Exercise,
    process::Stop,
    screen::Screen,
    state::State,
    watch::{Watch, watch},
};

mod keys;
mod view;

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
    /// Where an answer is kept that was taken away, until the next key.
    kept: Option<String>,
    /// Whether the next `r` starts the exercise anew.
    asked: bool,
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
    let screen = Screen::open()?;
    listen(events.clone());
    let mut coach = Coach::new(root, exercises, state, poll, events)?;
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

impl<'a> Coach<'a> {
    /// Begins with the exercise to go on with, or with the list if all are
    /// done.
    fn new(
        root: &'a Path,
        exercises: &'a [Exercise],
        state: State,
        poll: bool,
        events: Sender<Event>,
    ) -> Result<Coach<'a>> {
        let next = state.next(exercises);
        let mut coach = Coach {
            root,
            exercises,
            state,
            poll,
            events,
            at: 0,
            view: View::Exercise,
            watch: None,
            checking: None,
            checks: 0,
            outcome: None,
            hints: Vec::new(),
            shown: 0,
            notice: String::new(),
            kept: None,
            asked: false,
            scroll: 0,
        };
        coach.go_to(next.unwrap_or(0))?;
        if next.is_none() {
            coach.view = View::List { cursor: 0 };
        }
        Ok(coach)
    }

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
        self.asked = false;
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
            Event::Checked(number, outcome) => self.checked(number, outcome)?,
        }
        Ok(None)
    }

    /// Takes what a check has found, unless a newer one has begun.
    fn checked(
        &mut self,
        number: u64,
        outcome: Result<Option<Outcome>>,
    ) -> Result<()> {
        if self
            .checking
            .as_ref()
            .is_none_or(|one| one.number != number)
        {
            return Ok(());
        }
        self.checking = None;
        self.outcome = outcome?;
        let exercise = &self.exercises[self.at];
        self.state.set(exercise, self.outcome.as_ref())
    }
}
