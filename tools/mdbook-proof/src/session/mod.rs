//! Terminal sessions: what a page says happens in its terminals, in order.
//!
//! Each line of a `session` block begins with the name of a terminal. Behind
//! it, `$` marks a command that is typed at the prompt, `<` a line that is
//! typed into the running program, `|` a line that is printed, and `^` a key
//! pressed together with Ctrl. `~` marks a file of which the nearest edit above
//! on the page is made then.

use std::{io, ops::Range, path::Path};

use crate::{
    edit::{self, Edit},
    finding::{File, Finding},
    page::{Block, Page},
};

#[cfg(all(unix, feature = "sessions"))]
mod builds;
#[cfg(all(unix, feature = "sessions"))]
pub mod copy;
#[cfg(all(unix, feature = "sessions"))]
pub mod live;
#[cfg(all(unix, feature = "sessions"))]
pub mod numbers;
#[cfg(all(unix, feature = "sessions"))]
mod own;
#[cfg(all(unix, feature = "sessions"))]
mod player;
#[cfg(all(unix, feature = "sessions"))]
mod port;
#[cfg(all(unix, feature = "sessions"))]
mod printed;
#[cfg(all(unix, feature = "sessions"))]
mod programs;
#[cfg(all(unix, feature = "sessions"))]
mod record;
#[cfg(all(unix, feature = "sessions"))]
mod report;
#[cfg(all(unix, feature = "sessions"))]
pub mod run;
#[cfg(all(unix, feature = "sessions"))]
pub mod terminal;

/// What happens in a line of a session.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// A command is typed at the prompt.
    Command(String),
    /// A line is typed into the running program.
    Type(String),
    /// A key is pressed together with Ctrl.
    Key(char),
    /// A line is printed.
    Print(String),
    /// The edit of this file that stands above the session is made.
    Edit(String),
}

/// A line of a session.
#[derive(Debug, Clone)]
pub struct Step {
    /// The name of the terminal.
    pub terminal: String,
    /// What happens in it.
    pub action: Action,
    /// The bytes of the line in its page.
    pub range: Range<usize>,
}

/// A session of a page.
#[derive(Debug, Clone)]
pub struct Session {
    /// The page.
    pub file: File,
    /// The lines between the fences.
    pub content: Range<usize>,
    /// What they say.
    pub steps: Vec<Step>,
    /// Whether it changes files, and so has to be played in a copy of the
    /// project: `session,copy`.
    pub copy: bool,
    /// The file that is the program of the reader's own package while it is
    /// played, relative to the book's root: `session,with=FILE`.
    pub with: Option<String>,
    /// The edits that it makes, one for each file.
    pub edits: Vec<Edit>,
}

impl Session {
    /// Reads the block as a session.
    ///
    /// # Errors
    ///
    /// A finding for each line that is not of the right form, or that cannot
    /// happen where it stands.
    pub fn parse(file: &File, block: &Block) -> Result<Session, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut steps = Vec::new();
        let mut start = block.content.start;
        for line in file.text[block.content.clone()].split_inclusive('\n') {
            let text = line.trim_end_matches(['\n', '\r']);
            let range = start..start + text.len();
            start += line.len();
            if text.trim().is_empty() {
                continue;
            }
            match step(text, range.clone()) {
                Some(step) => steps.push(step),
                None => findings.push(malformed(file, range)),
            }
        }
        findings.extend(impossible(file, &steps));
        let is_copy = block.says("copy") && block.value("with").is_none();
        findings.extend(
            steps
                .iter()
                .filter_map(|one| outside(file, one))
                .filter(|_| !is_copy),
        );
        let edits = match edits(file, &steps, block.range.start) {
            Ok(edits) => edits,
            Err(found) => {
                findings.extend(found);
                Vec::new()
            }
        };
        if findings.is_empty() {
            let content = block.content.clone();
            Ok(Session {
                file: file.clone(),
                content,
                steps,
                copy: block.says("copy"),
                with: block.value("with").map(str::to_owned),
                edits,
            })
        } else {
            Err(findings)
        }
    }

    /// Whether it is played in a copy of the project.
    pub fn needs_copy(&self) -> bool {
        self.copy || self.with.is_some()
    }

    /// The names of the terminals, in the order of their appearance.
    pub fn terminals(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for step in &self.steps {
            if !names.contains(&&*step.terminal) {
                names.push(&*step.terminal);
            }
        }
        names
    }

    /// Makes the edit of this file, below the folder `root`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written, or does not fit.
    pub fn edit(&self, file: &str, root: &Path) -> io::Result<()> {
        let edit = self.edits.iter().find(|edit| edit.file == file);
        edit.map_or_else(
            || Err(io::ErrorKind::NotFound.into()),
            |edit| edit.make(root),
        )
    }
}

/// The sessions of a page that are of the right form, in their order.
pub fn sessions(page: &Page) -> impl Iterator<Item = Session> {
    let blocks = page.blocks.iter();
    let blocks = blocks.filter(|block| block.language() == "session");
    blocks.filter_map(|block| Session::parse(page.file, block).ok())
}

fn step(text: &str, range: Range<usize>) -> Option<Step> {
    let (terminal, rest) = text.split_once(' ')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if terminal.is_empty() || !terminal.chars().all(is_name) {
        return None;
    }
    let mut chars = rest.chars();
    let mark = chars.next()?;
    let rest = chars.as_str();
    let line = || match rest {
        "" => Some(String::new()),
        rest => rest.strip_prefix(' ').map(str::to_owned),
    };
    let action = match mark {
        '$' => Action::Command(line().filter(|line| !line.is_empty())?),
        '<' => Action::Type(line()?),
        '|' => Action::Print(line()?),
        '~' => Action::Edit(line().filter(|path| !path.is_empty())?),
        '^' => match rest.chars().collect::<Vec<_>>()[..] {
            [key @ ('A'..='Z' | ']' | '\\')] => Action::Key(key),
            _ => return None,
        },
        _ => return None,
    };
    Some(Step {
        terminal: terminal.to_owned(),
        action,
        range,
    })
}

fn malformed(file: &File, range: Range<usize>) -> Finding {
    file.finding("session-form", range, "this is no line of a session")
        .hint(
            "write `name $ command`, `name < typed`, `name | printed`, \
             `name ^C` or `name ~ file`",
        )
}

/// Lines in terminals where nothing has been started yet.
fn impossible(file: &File, steps: &[Step]) -> Vec<Finding> {
    let mut started: Vec<&str> = Vec::new();
    let mut findings = Vec::new();
    for step in steps {
        let name = &*step.terminal;
        // An editor need not be started.
        if matches!(step.action, Action::Edit(_)) {
            continue;
        }
        if matches!(step.action, Action::Command(_)) {
            started.push(name);
        } else if !started.contains(&name) {
            let message = format!("nothing runs in the terminal `{name}` yet");
            findings.push(
                file.finding("session-form", step.range.clone(), message)
                    .hint(format!("start with `{name} $ command`")),
            );
            started.push(name);
        }
    }
    findings
}

/// An edit in a session that is played in the project itself, or in a package
/// of the reader's.
fn outside(file: &File, step: &Step) -> Option<Finding> {
    let Action::Edit(path) = &step.action else {
        return None;
    };
    let message = format!("this would change the book's own `{path}`");
    let finding = file.finding("session-form", step.range.clone(), message);
    Some(finding.hint("mark the block as ```session,copy"))
}

/// The edits that these steps make, each the nearest one above `at`.
fn edits(
    file: &File,
    steps: &[Step],
    at: usize,
) -> Result<Vec<Edit>, Vec<Finding>> {
    let made = steps.iter().filter_map(|step| match &step.action {
        Action::Edit(path) => Some((step, path)),
        _ => None,
    });
    let mut made = made.peekable();
    if made.peek().is_none() {
        return Ok(Vec::new());
    }
    let page = Page::parse(file);
    let mut edits: Vec<Edit> = Vec::new();
    let mut findings = Vec::new();
    for (step, path) in made {
        if edits.iter().any(|edit| edit.file == *path) {
            let message = format!("`{path}` has been edited in this session");
            findings.push(
                file.finding("session-form", step.range.clone(), message)
                    .hint("put all that it changes into one edit"),
            );
        } else if let Some(edit) = edit::above(&page, path, at) {
            edits.push(edit);
        } else {
            let message = format!("no edit of `{path}` stands above");
            let all: Vec<Edit> = edit::edits(&page).collect();
            let files = all.iter().map(|edit| &*edit.file);
            findings.push(
                file.finding("session-form", step.range.clone(), message)
                    .did_you_mean(path, files),
            );
        }
    }
    match findings.is_empty() {
        true => Ok(edits),
        false => Err(findings),
    }
}
