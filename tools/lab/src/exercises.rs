//! The exercises, as `cargo learn` knows them: how each stands, what its check
//! says, and the file that a learner edits, here or in any editor.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    thread::{self, JoinHandle},
};

use anyhow::{Context, Result, bail, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use learn::{
    answers::write,
    check::{Outcome, check},
    exercise::{self, Exercise, read},
    process::Stop,
    state::{self, State},
};
use sha2::{Digest, Sha256};
use tokio::sync::broadcast;

use crate::{
    Lab,
    edition::Edition,
    lock,
    protocol::{self, Ask, Standing, Tell},
};

/// The longest file that is taken from a page, in bytes.
const LONGEST: usize = 128 << 10;

/// All exercises, and what is known of them.
#[derive(Debug)]
pub struct Exercises {
    root: PathBuf,
    list: Vec<Exercise>,
    known: Mutex<Vec<Known>>,
    /// The checks that have been started and may still run; none may be when
    /// the lab is ending.
    checks: Mutex<Option<Vec<JoinHandle<()>>>>,
    news: broadcast::Sender<Tell>,
}

/// What is known of an exercise.
#[derive(Debug, Default)]
struct Known {
    /// What its last check has said; `None` before the first.
    verdict: Option<Verdict>,
    /// The version of its file that was seen last.
    version: String,
    /// The check that runs, if one does.
    running: Option<Stop>,
    /// How many checks there were. The verdict of an older one is of no
    /// interest any more.
    checks: u64,
}

/// What a check has found.
#[derive(Debug, Clone)]
struct Verdict {
    standing: Standing,
    said: String,
    brief: String,
}

impl Verdict {
    /// What is known without a check.
    fn silent(standing: Standing) -> Verdict {
        Verdict {
            standing,
            said: String::new(),
            brief: String::new(),
        }
    }

    fn of(outcome: &Outcome) -> Verdict {
        let standing = match outcome.passed() {
            true => Standing::Passed,
            false => Standing::Failed,
        };
        let brief = match outcome {
            Outcome::Passed { .. } => String::new(),
            Outcome::Failed { first, .. } => fails(first),
            Outcome::Hung { tests, .. } => {
                fails(tests.first().map_or("", String::as_str)) + ", hangs"
            }
            Outcome::BrokeOff { .. } => "broke off".to_owned(),
            Outcome::DoesNotCompile(_) => "does not compile".to_owned(),
            Outcome::NotBuilt(_) => "cannot be built".to_owned(),
        };
        Verdict {
            standing,
            said: outcome.to_string(),
            brief,
        }
    }

    fn error(error: &anyhow::Error) -> Verdict {
        Verdict {
            standing: Standing::Failed,
            said: format!("{error:#}"),
            brief: "cannot be checked".to_owned(),
        }
    }
}

/// The name of a test, which is the first line of what it says, in words.
fn fails(test: &str) -> String {
    let name = test.lines().next().unwrap_or_default();
    format!("fails: {}", name.replace('_', " "))
}

impl Known {
    /// Ends the check that runs, and forgets what was found.
    fn forget(&mut self) {
        self.checks += 1;
        self.verdict = None;
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}

impl Exercises {
    /// Those of the project in the folder `root`.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub fn of(root: &Path, news: broadcast::Sender<Tell>) -> Result<Exercises> {
        let list = exercise::exercises(root)?;
        let known = list.iter().map(|exercise| Known {
            version: version(&read(&exercise.source()).unwrap_or_default()),
            ..Known::default()
        });
        Ok(Exercises {
            root: root.to_owned(),
            known: Mutex::new(known.collect()),
            checks: Mutex::new(Some(Vec::new())),
            list,
            news,
        })
    }

    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        lock(&self.known)
    }

    /// The file that a learner edits, and the place of its exercise.
    pub fn sources(&self) -> impl Iterator<Item = (usize, PathBuf)> {
        self.list.iter().map(Exercise::source).enumerate()
    }

    /// How all of them stand, for the pages of this edition.
    pub fn all(&self, edition: Option<&Edition>) -> Vec<protocol::Exercise> {
        let state = State::load(&self.root);
        let places = 0..self.list.len();
        places.map(|at| self.one(at, &state, edition)).collect()
    }

    fn one(
        &self,
        at: usize,
        state: &State,
        edition: Option<&Edition>,
    ) -> protocol::Exercise {
        let exercise = &self.list[at];
        let page = edition.and_then(|one| one.page_of(&exercise.name));
        let verdict = self.verdict(at, state);
        protocol::Exercise {
            name: exercise.name.clone(),
            title: exercise.title.clone(),
            page: page.unwrap_or_default().to_owned(),
            standing: verdict.standing,
            said: verdict.said,
            brief: verdict.brief,
        }
    }

    fn verdict(&self, at: usize, state: &State) -> Verdict {
        let exercise = &self.list[at];
        {
            let known = &self.known()[at];
            if known.running.is_some() {
                return Verdict::silent(Standing::Checking);
            }
            if let Some(verdict) = &known.verdict {
                return verdict.clone();
            }
        }
        let standing = match state.standing(exercise) {
            state::Standing::Done => Standing::Passed,
            state::Standing::Kept => Standing::Kept,
            state::Standing::Open => {
                let written = read(&exercise.source()).ok();
                match written == exercise.starter().ok() {
                    true => Standing::NotBegun,
                    false => Standing::Begun,
                }
            }
        };
        Verdict::silent(standing)
    }

    /// Tells all pages how an exercise stands.
    fn announce(&self, at: usize, lab: &Arc<Lab>) {
        let edition = lab.edition.borrow().clone();
        let state = State::load(&self.root);
        let exercise = self.one(at, &state, edition.as_deref());
        // Nobody may be reading.
        let _ = self.news.send(Tell::Stands { exercise });
    }

    /// Does what a page asks for, and returns the answer for that page, if
    /// there is one.
    ///
    /// # Errors
    ///
    /// When there is no such exercise, or a file cannot be read or written.
    pub fn take(&self, ask: Ask, lab: &Arc<Lab>) -> Result<Option<Tell>> {
        match ask {
            Ask::Check { exercise } => {
                self.check(self.place(&exercise)?, lab)?;
                Ok(None)
            }
            Ask::Hint { exercise, number } => self.hint(&exercise, number),
            Ask::Anew { exercise } => self.anew(&exercise, lab),
            Ask::Solution { exercise } => self.solution(&exercise),
            Ask::Open { exercise } => self.open(&exercise).map(Some),
            Ask::Save {
                exercise,
                text,
                version,
            } => self.save(&exercise, &text, &version, lab).map(Some),
            _ => bail!("this is about no exercise"),
        }
    }

    /// The place of the exercise with this name: of none but those that are in
    /// the book.
    fn place(&self, name: &str) -> Result<usize> {
        let place = self.list.iter().position(|one| one.name == name);
        place.context("there is no such exercise")
    }

    /// The learner's file, which must be in the project.
    fn source(&self, at: usize) -> Result<PathBuf> {
        let source = self.list[at].source();
        let real = source.canonicalize().context("the file is not there")?;
        let root = self.root.canonicalize()?;
        ensure!(
            real.starts_with(root),
            "the exercise's file is not in the project"
        );
        Ok(source)
    }

    fn hint(&self, name: &str, number: usize) -> Result<Option<Tell>> {
        let hints = self.list[self.place(name)?].hints()?;
        let text = number.checked_sub(1).and_then(|at| hints.get(at));
        Ok(Some(Tell::Hint {
            exercise: name.to_owned(),
            number,
            of: hints.len(),
            text: text.context("there is no such hint")?.clone(),
        }))
    }

    fn solution(&self, name: &str) -> Result<Option<Tell>> {
        let at = self.place(name)?;
        let standing = self.verdict(at, &State::load(&self.root)).standing;
        ensure!(
            [Standing::Passed, Standing::Kept].contains(&standing),
            "the solution can be seen when yours has passed"
        );
        Ok(Some(Tell::Solution {
            exercise: name.to_owned(),
            text: self.list[at].solution()?,
        }))
    }

    fn open(&self, name: &str) -> Result<Tell> {
        let text = read(&self.source(self.place(name)?)?)?;
        Ok(Tell::Source {
            exercise: name.to_owned(),
            version: version(&text),
            text,
            note: String::new(),
        })
    }

    fn save(
        &self,
        name: &str,
        text: &str,
        begun: &str,
        lab: &Arc<Lab>,
    ) -> Result<Tell> {
        let at = self.place(name)?;
        ensure!(text.len() <= LONGEST, "the file is too long");
        let source = self.source(at)?;
        {
            // One page at a time compares and writes.
            let mut known = self.known();
            let written = read(&source)?;
            if version(&written) != begun {
                return Ok(Tell::Conflict {
                    exercise: name.to_owned(),
                    version: version(&written),
                    text: written,
                });
            }
            write(&source, text)?;
            known[at].version = version(text);
        }
        self.check(at, lab)?;
        Ok(Tell::Saved {
            exercise: name.to_owned(),
            version: version(text),
        })
    }

    fn anew(&self, name: &str, lab: &Arc<Lab>) -> Result<Option<Tell>> {
        let at = self.place(name)?;
        self.source(at)?;
        let exercise = &self.list[at];
        let starter = exercise.starter()?;
        let kept = {
            let known = &mut self.known()[at];
            let kept = exercise.replace(&starter)?;
            known.version = version(&starter);
            known.forget();
            if kept.is_some() {
                State::load(&self.root).set(exercise, None)?;
            }
            kept
        };
        self.announce(at, lab);
        let kept = kept.as_deref().and_then(Path::file_name);
        let note = kept.map(|name| {
            format!("What you had written is kept as src/{}.", name.display())
        });
        // All editors of this exercise are to have it.
        let _ = self.news.send(Tell::Source {
            exercise: name.to_owned(),
            version: version(&starter),
            text: starter,
            note: note.unwrap_or_default(),
        });
        Ok(None)
    }

    /// Somebody may have saved an exercise's file outside.
    pub fn saved(&self, at: usize, lab: &Arc<Lab>) {
        let (text, version) = {
            let known = &mut self.known()[at];
            // A file that leads out of the project is nobody's answer.
            let text = self.source(at).and_then(|source| read(&source));
            let Ok(text) = text else { return };
            let version = version(&text);
            if known.version == version {
                return;
            }
            known.version = version.clone();
            (text, version)
        };
        let _ = self.news.send(Tell::Source {
            exercise: self.list[at].name.clone(),
            text,
            version,
            note: String::new(),
        });
        // It is in the list, so this can only fail for want of a thread.
        let _ = self.check(at, lab);
    }

    /// Starts a check. One that still runs is of no interest any more.
    fn check(&self, at: usize, lab: &Arc<Lab>) -> Result<()> {
        let stop = Stop::default();
        let number = {
            let known = &mut self.known()[at];
            known.forget();
            known.running = Some(stop.clone());
            known.checks
        };
        self.announce(at, lab);
        let lab = Arc::clone(lab);
        let run = move || {
            let exercises = &lab.exercises;
            let outcome = check(&exercises.root, &exercises.list[at], &stop);
            if exercises.checked(at, number, outcome) {
                exercises.announce(at, &lab);
            }
        };
        let mut checks = lock(&self.checks);
        let checks = checks.as_mut().context("the lab is ending")?;
        checks.retain(|one| !one.is_finished());
        checks.push(thread::Builder::new().spawn(run)?);
        Ok(())
    }

    /// Takes what a check has found, unless a newer one has begun.
    fn checked(
        &self,
        at: usize,
        number: u64,
        outcome: Result<Option<Outcome>>,
    ) -> bool {
        let known = &mut self.known()[at];
        if known.checks != number {
            return false;
        }
        let exercise = &self.list[at];
        let outcome = outcome.and_then(|outcome| {
            State::load(&self.root).set(exercise, outcome.as_ref())?;
            Ok(outcome)
        });
        known.running = None;
        known.verdict = match outcome {
            Ok(outcome) => outcome.as_ref().map(Verdict::of),
            Err(error) => Some(Verdict::error(&error)),
        };
        true
    }

    /// Ends all checks, and waits until their programs have ended.
    pub fn end(&self) {
        let running = lock(&self.checks).take().unwrap_or_default();
        for known in self.known().iter_mut() {
            known.forget();
        }
        for check in running {
            // Its panic has been told.
            let _ = check.join();
        }
    }
}

/// What tells one text from another.
fn version(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text)[..12])
}

#[cfg(test)]
mod tests;
