//! What a learner has achieved, in a file that git ignores.
//!
//! Exercises are remembered by name, so a folder that is moved, or a runner
//! that is built anew, changes nothing.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::{
    answers::{Answers, write},
    check::Outcome,
    exercise::{Exercise, read},
};

/// The width of the progress bar, in columns.
const BAR: usize = 36;

/// The learner's progress.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// The exercises that have passed.
    #[serde(default)]
    pub done: BTreeSet<String>,
    /// The exercise that the learner is at.
    #[serde(default)]
    pub current: Option<String>,
    #[serde(skip)]
    file: PathBuf,
    #[serde(skip)]
    answers: Answers,
}

/// How an exercise stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has not passed yet.
    Open,
    /// What stands in its file has passed.
    Done,
    /// It has passed, and another answer stands in its file now. The one that
    /// passed is kept.
    Kept,
}

impl State {
    /// Reads the progress of the workspace in the folder `root`; a file that is
    /// missing or cannot be understood is no progress.
    pub fn load(root: &Path) -> State {
        let file = root.join(".learn/state.json");
        let text = fs::read_to_string(&file).unwrap_or_default();
        let state: State = serde_json::from_str(&text).unwrap_or_default();
        State {
            file,
            answers: Answers::of(root),
            ..state
        }
    }

    /// Whether an exercise has passed, and stands as it did then.
    pub fn is_done(&self, exercise: &Exercise) -> bool {
        self.standing(exercise) == Standing::Done
    }

    /// How an exercise stands. What is in its file counts, and not what was.
    pub fn standing(&self, exercise: &Exercise) -> Standing {
        match self.answers.last(exercise) {
            Some(answer) => match read(&exercise.source()) {
                Ok(text) if text == answer => Standing::Done,
                _ => Standing::Kept,
            },
            // It passed before answers were kept.
            None if self.done.contains(&exercise.name) => Standing::Done,
            None => Standing::Open,
        }
    }

    /// Puts the answer back that passed last. What stands in the exercise's
    /// file is kept beside it, and the path of that copy is returned.
    ///
    /// # Errors
    ///
    /// When no answer is kept, or a file cannot be read or written.
    pub fn restore(&self, exercise: &Exercise) -> Result<Option<PathBuf>> {
        let answer = self.answers.last(exercise);
        let answer = answer.with_context(|| {
            format!("no answer of {} has passed yet", exercise.name)
        })?;
        exercise.replace(&answer)
    }

    /// The place of the exercise to go on with: the one that the learner is
    /// at, or else the first one that is not done. `None` when all are done.
    pub fn next(&self, exercises: &[Exercise]) -> Option<usize> {
        let at = self.place(exercises);
        match self.is_done(&exercises[at]) {
            true => self.first_open(exercises, at),
            false => Some(at),
        }
    }

    /// The place of the first exercise that is not done, apart from this one.
    pub fn first_open(
        &self,
        exercises: &[Exercise],
        but: usize,
    ) -> Option<usize> {
        let mut places = 0..exercises.len();
        places.find(|at| *at != but && !self.is_done(&exercises[*at]))
    }

    /// The exercise that the learner is at, done or not.
    ///
    /// # Panics
    ///
    /// When there are no exercises.
    pub fn current<'a>(&self, exercises: &'a [Exercise]) -> &'a Exercise {
        &exercises[self.place(exercises)]
    }

    fn place(&self, exercises: &[Exercise]) -> usize {
        let at = |one: &Exercise| Some(&one.name) == self.current.as_ref();
        exercises.iter().position(at).unwrap_or(0)
    }

    /// A line about an exercise: whether it is done, its name and its title.
    pub fn row(&self, exercise: &Exercise) -> String {
        let mark = match self.standing(exercise) {
            Standing::Open => "",
            Standing::Done => "done",
            Standing::Kept => "kept",
        };
        format!("{mark:<4}  {:<14}  {}", exercise.name, exercise.title)
    }

    /// How many of the exercises are done, as a bar and in numbers.
    pub fn bar(&self, exercises: &[Exercise]) -> String {
        let done = exercises.iter().filter(|one| self.is_done(one)).count();
        let all = exercises.len();
        let filled = BAR * done / all.max(1);
        let bar = "#".repeat(filled) + &"-".repeat(BAR - filled);
        format!("[{bar}] {done} of {all} done")
    }

    /// What `kept` means, if it stands anywhere in the list.
    pub fn about_kept(&self, exercises: &[Exercise]) -> Option<String> {
        let kept = |one: &&Exercise| self.standing(one) == Standing::Kept;
        let first = &exercises.iter().find(kept)?.name;
        Some(format!(
            "kept: it has passed, and its file is another one now. \
             `cargo learn restore {first}` brings the answer back."
        ))
    }

    /// Remembers that the learner is at an exercise, and what has come of it.
    /// An answer that has passed is kept.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub fn set(
        &mut self,
        exercise: &Exercise,
        outcome: Option<&Outcome>,
    ) -> Result<()> {
        self.current = Some(exercise.name.clone());
        match outcome {
            Some(Outcome::Passed { answer, .. }) => {
                self.done.insert(exercise.name.clone());
                self.answers.keep(exercise, answer)?;
            }
            _ => drop(self.done.remove(&exercise.name)),
        }
        self.save()
    }

    /// Remembers that the learner is at an exercise.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn go_to(&mut self, exercise: &Exercise) -> Result<()> {
        self.current = Some(exercise.name.clone());
        self.save()
    }

    fn save(&self) -> Result<()> {
        let folder = self.file.parent().context("a file is in a folder")?;
        fs::create_dir_all(folder)?;
        write(&self.file, &serde_json::to_string_pretty(self)?)
    }
}
