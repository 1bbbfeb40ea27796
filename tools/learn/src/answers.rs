//! Answers that have passed, kept where git does not reach: whoever restores
//! files, or starts anew, can have them back.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::exercise::Exercise;

/// The folder of the answers, one file an exercise.
#[derive(Debug, Default)]
pub struct Answers {
    folder: PathBuf,
}

impl Answers {
    /// Those of the workspace in the folder `root`.
    pub fn of(root: &Path) -> Answers {
        Answers {
            folder: root.join(".learn/answers"),
        }
    }

    /// The answer of this exercise that passed last, if one has.
    pub fn last(&self, exercise: &Exercise) -> Option<String> {
        fs::read_to_string(self.file(exercise)).ok()
    }

    /// Keeps an answer that has passed, in place of an older one.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn keep(&self, exercise: &Exercise, answer: &str) -> Result<()> {
        fs::create_dir_all(&self.folder)?;
        write(&self.file(exercise), answer)
    }

    fn file(&self, exercise: &Exercise) -> PathBuf {
        self.folder.join(&exercise.name).with_extension("rs")
    }
}

/// Writes a file that is whole at any moment: whoever is interrupted in the
/// middle finds the old one or the new one.
///
/// # Errors
///
/// When it cannot be written.
pub fn write(file: &Path, text: &str) -> Result<()> {
    let mut new = file.as_os_str().to_owned();
    new.push(".new");
    // One that is left over may be a link to some other file.
    let _ = fs::remove_file(&new);
    fs::File::create_new(&new)
        .and_then(|mut new| new.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&new, file))
        .with_context(|| format!("cannot write {}", file.display()))
}
