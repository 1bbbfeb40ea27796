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

use crate::exercise::Exercise;

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
}

impl State {
    /// Reads the progress of the workspace in the folder `root`; a file that is
    /// missing or cannot be understood is no progress.
    pub fn load(root: &Path) -> State {
        let file = root.join(".learn/state.json");
        let text = fs::read_to_string(&file).unwrap_or_default();
        let state: State = serde_json::from_str(&text).unwrap_or_default();
        State { file, ..state }
    }

    /// Whether an exercise has passed.
    pub fn is_done(&self, exercise: &Exercise) -> bool {
        self.done.contains(&exercise.name)
    }

    /// The place of the exercise to go on with: the one that the learner is
    /// at, or else the next one that is not done. `None` when all are done.
    pub fn next(&self, exercises: &[Exercise]) -> Option<usize> {
        let count = exercises.len();
        let at = self.place(exercises);
        let mut in_turn = (0..count).map(|step| (at + step) % count);
        in_turn.find(|at| !self.is_done(&exercises[*at]))
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
        let mark = if self.is_done(exercise) { "done" } else { "" };
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

    /// Remembers that the learner is at an exercise, and whether it has
    /// passed.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn set(&mut self, exercise: &Exercise, passed: bool) -> Result<()> {
        self.current = Some(exercise.name.clone());
        if passed {
            self.done.insert(exercise.name.clone());
        } else {
            self.done.remove(&exercise.name);
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

    /// Whoever is interrupted in the middle finds the old file or the new one,
    /// and not half of it.
    fn save(&self) -> Result<()> {
        let folder = self.file.parent().context("a file is in a folder")?;
        fs::create_dir_all(folder)?;
        let new = self.file.with_extension("json.new");
        fs::write(&new, serde_json::to_string_pretty(self)?)
            .and_then(|()| fs::rename(&new, &self.file))
            .with_context(|| format!("cannot write {}", self.file.display()))
    }
}
