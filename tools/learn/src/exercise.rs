//! The exercises: folders in `code/exercises`, in the order of their names.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// An exercise.
#[derive(Debug, Clone)]
pub struct Exercise {
    /// The name of its package and its folder, such as `ex01-shout`.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What it is called on the page.
    pub title: String,
}

/// A way to fill in an exercise, from its folder `variants`.
#[derive(Debug, Clone)]
pub struct Variant {
    /// The name of its file, without the ending.
    pub name: String,
    /// Its code.
    pub text: String,
    /// What is expected of it.
    pub kind: Kind,
}

/// What is expected of a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// What a learner finds: it fails.
    Starter,
    /// It passes.
    Solution,
    /// It fails this test, among others perhaps.
    Wrong(String),
}

impl Exercise {
    /// The name of its crate, such as `ex01_shout`.
    pub fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }

    /// The file that a learner edits.
    pub fn source(&self) -> PathBuf {
        self.folder.join("src/lib.rs")
    }

    /// Its hints, from a nudge to nearly the answer.
    ///
    /// # Errors
    ///
    /// When `hints.md` cannot be read.
    pub fn hints(&self) -> Result<Vec<String>> {
        let text = read(&self.folder.join("hints.md"))?;
        let hints = text.split("## Hint ").skip(1);
        Ok(hints
            .map(|hint| {
                // The markers are for the page that shows the hint.
                let lines = hint.lines().skip(1);
                let lines = lines.filter(|line| !line.starts_with("<!-- "));
                let lines: Vec<&str> = lines.collect();
                without_links(lines.join("\n").trim())
            })
            .collect())
    }

    /// What a learner finds in its file.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn starter(&self) -> Result<String> {
        read(&self.folder.join("variants/starter.rs"))
    }

    /// Puts a text into the learner's file, and keeps what stood there beside
    /// it, in a file whose path is returned. `None` when there was nothing to
    /// keep: the text stood there already, or the start did.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written.
    pub fn replace(&self, text: &str) -> Result<Option<PathBuf>> {
        let source = self.source();
        let written = read(&source).unwrap_or_default();
        if written == text {
            return Ok(None);
        }
        let is_worthless = written.is_empty() || written == self.starter()?;
        let copy = self.next_copy();
        if !is_worthless {
            fs::write(&copy, written)?;
        }
        fs::write(&source, text)?;
        Ok((!is_worthless).then_some(copy))
    }

    /// Where [`Exercise::replace`] would keep what stands in the file.
    pub fn next_copy(&self) -> PathBuf {
        let source = self.source();
        let name = |n: usize| source.with_file_name(format!("lib.rs.{n}"));
        let mut copies = (1..).map(name);
        // The file system has fewer files than there are numbers.
        let is_free = |copy: &PathBuf| copy.symlink_metadata().is_err();
        copies.find(is_free).unwrap_or(source.clone())
    }

    /// A solution.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn solution(&self) -> Result<String> {
        read(&self.folder.join("variants/solution.rs"))
    }

    /// Its variants, in the order of their names.
    ///
    /// # Errors
    ///
    /// When one cannot be read, or a wrong one does not say which test rejects
    /// it.
    pub fn variants(&self) -> Result<Vec<Variant>> {
        let folder = self.folder.join("variants");
        let mut variants = Vec::new();
        for path in entries(&folder)? {
            let text = read(&path)?;
            let name = path.file_stem().unwrap_or_default();
            let name = name.to_string_lossy().into_owned();
            let kind = match &*name {
                "starter" => Kind::Starter,
                "solution" => Kind::Solution,
                _ => match text.lines().next().and_then(rejecting_test) {
                    Some(test) => Kind::Wrong(test.to_owned()),
                    None => bail!(
                        "{} does not begin with `//! fails: TEST`",
                        path.display()
                    ),
                },
            };
            variants.push(Variant { name, text, kind });
        }
        Ok(variants)
    }
}

fn rejecting_test(line: &str) -> Option<&str> {
    line.strip_prefix("//! fails: ").map(str::trim)
}

/// The workspace's folder: the nearest one above with `code/exercises`.
///
/// # Errors
///
/// When there is none.
pub fn root() -> Result<PathBuf> {
    let here = env::current_dir()?;
    let mut above = here.ancestors();
    let root = above.find(|folder| folder.join("code/exercises").is_dir());
    root.map(Path::to_owned)
        .context("this is not the book's folder")
}

/// The exercises of the workspace in the folder `root`.
///
/// # Errors
///
/// When their folder or one of their manifests cannot be read.
pub fn exercises(root: &Path) -> Result<Vec<Exercise>> {
    let mut exercises = Vec::new();
    for folder in entries(&root.join("code/exercises"))? {
        let name = folder.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        if !name.starts_with("ex") || !folder.is_dir() {
            continue;
        }
        let manifest: toml::Table =
            read(&folder.join("Cargo.toml"))?
                .parse()
                .with_context(|| format!("the manifest of {name}"))?;
        let title = manifest["package"]["description"].as_str();
        let title = title.unwrap_or(&name).to_owned();
        exercises.push(Exercise {
            name,
            folder,
            title,
        });
    }
    Ok(exercises)
}

/// The text of a file.
///
/// # Errors
///
/// When it cannot be read, or is no text.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .with_context(|| format!("cannot read {}", path.display()))
}

pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

/// A text for a terminal: of its links, the words alone.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((words, link)) = rest.split_once("](http") {
        let (before, words) = words.rsplit_once('[').unwrap_or((words, ""));
        plain.push_str(before);
        plain.push_str(words);
        rest = link.split_once(')').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::without_links;

    #[test]
    fn of_a_link_a_terminal_shows_the_words() {
        let text = "A [`b`](https://c.d/e), an `[f](g)` and [h](http://i) j.";
        assert_eq!(without_links(text), "A `b`, an `[f](g)` and h j.");
        assert_eq!(without_links("no link"), "no link");
    }
}
