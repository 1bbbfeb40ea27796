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

/// The learner's progress.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// The exercises that have passed.
    #[serde(default)]
    pub done: BTreeSet<String>,
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

    /// Remembers that an exercise has passed, or that it passes no more.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn set(&mut self, exercise: &str, passed: bool) -> Result<()> {
        if passed {
            self.done.insert(exercise.to_owned());
        } else {
            self.done.remove(exercise);
        }
        let folder = self.file.parent().context("a file is in a folder")?;
        fs::create_dir_all(folder)?;
        fs::write(&self.file, serde_json::to_string_pretty(self)?)
            .with_context(|| format!("cannot write {}", self.file.display()))
    }
}
