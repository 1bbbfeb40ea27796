//! What a page and the lab say to each other: JSON texts in a WebSocket, one
//! socket a page.
//!
//! A page never sends a command. It names a session or a chip by its place on
//! the page, and the lab runs what the book says there. All that it can say
//! besides is for the input of a program that runs already.

use serde::{Deserialize, Serialize};

/// The number by which a page calls one of its plays. The page chooses it.
pub type Number = u32;

/// What a page asks for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    tag = "ask",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub enum Ask {
    /// To play something. Another play with this number is stopped before.
    Start {
        /// The play's number from now on.
        play: Number,
        /// What is to be played.
        what: What,
        /// Who types.
        way: Way,
    },
    /// To type a line, without its end. When nothing runs in the terminal, it
    /// must be the command that the page has there.
    Type {
        /// The play.
        play: Number,
        /// The name of the terminal.
        terminal: String,
        /// The line.
        text: String,
    },
    /// To press a key together with Ctrl.
    Key {
        /// The play.
        play: Number,
        /// The name of the terminal.
        terminal: String,
        /// The key, such as `C`.
        key: char,
    },
    /// To make the edit whose turn it is.
    Edit {
        /// The play.
        play: Number,
    },
    /// To open one more netcat to the play's server.
    Visit {
        /// The play.
        play: Number,
    },
    /// To end a play and all its processes.
    Stop {
        /// The play.
        play: Number,
    },
    /// To check an exercise.
    Check {
        /// Its name, such as `ex01-shout`.
        exercise: String,
    },
    /// A hint.
    Hint {
        /// The exercise's name.
        exercise: String,
        /// Which one, counted from 1.
        number: usize,
    },
    /// To start an exercise anew. What was written is kept beside it.
    Anew {
        /// The exercise's name.
        exercise: String,
    },
    /// The solution of an exercise that has passed.
    Solution {
        /// The exercise's name.
        exercise: String,
    },
    /// The learner's file, for the editor.
    Open {
        /// The exercise's name.
        exercise: String,
    },
    /// To write the learner's file.
    Save {
        /// The exercise's name.
        exercise: String,
        /// What is to stand in it.
        text: String,
        /// The version that the editor began with. If the file has another
        /// one, it is not written, and [`Tell::Conflict`] comes back.
        version: String,
    },
}

/// What can be played: its place on the page, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A session.
    Session(usize),
    /// The command in the caption of a listing.
    Chip(usize),
}

/// Who types what the page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The lab.
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

/// What the lab tells a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(
    tag = "tell",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Tell {
    /// The first word: which build of the book is the newest.
    Hello {
        /// Its number.
        build: u64,
    },
    /// The book was built anew.
    Built {
        /// The build's number.
        build: u64,
        /// The pages that have changed, relative to the site, such as
        /// `exercises/01-shout.html`.
        pages: Vec<String>,
    },
    /// The book cannot be built; the pages are those of before.
    Broken {
        /// Why.
        said: String,
    },

    /// A play has begun.
    Started {
        /// Its number.
        play: Number,
        /// The names of its terminals, in their order on the page.
        terminals: Vec<String>,
        /// How many lines the page has; none for a chip.
        steps: usize,
        /// The port that is used where the page says another one.
        port: Option<String>,
    },
    /// What one waits for: a line of cargo's, or for how long already. Empty
    /// when there is nothing to wait for.
    Progress {
        /// The play.
        play: Number,
        /// In one line.
        text: String,
    },
    /// Something was typed, by the lab or by the reader.
    Typed {
        /// The play.
        play: Number,
        /// The terminal.
        terminal: String,
        /// What it was.
        kind: Kind,
        /// The command, the line, the key, or the file of the edit.
        text: String,
    },
    /// A line was printed.
    Printed {
        /// The play.
        play: Number,
        /// The terminal.
        terminal: String,
        /// The line.
        text: String,
    },
    /// The program of a terminal, and all that it had started, has ended.
    Ended {
        /// The play.
        play: Number,
        /// The terminal.
        terminal: String,
    },
    /// It is the reader's turn to type this.
    Turn {
        /// The play.
        play: Number,
        /// The terminal.
        terminal: String,
        /// What is to be typed.
        kind: Kind,
        /// The command, the line, the key, or the file of the edit.
        text: String,
    },
    /// So many lines of the page have happened.
    At {
        /// The play.
        play: Number,
        /// How many.
        step: usize,
    },
    /// An edit was made in the copy.
    Diff {
        /// The play.
        play: Number,
        /// The file, relative to the project.
        file: String,
        /// The lines that differ from the project's, as a unified diff.
        text: String,
    },
    /// How the page and the screen compare.
    Verdict {
        /// The play.
        play: Number,
        /// In one sentence, such as `as the page says, 16 of 16`.
        said: String,
        /// The first difference, if there is one.
        difference: Option<Difference>,
    },
    /// From here on nothing is compared, and whatever runs can be typed into.
    Free {
        /// The play.
        play: Number,
        /// Why.
        why: String,
    },
    /// What was asked for is not done; the play goes on.
    Refused {
        /// The play.
        play: Number,
        /// Why.
        why: String,
    },
    /// The play has ended, and so have all its processes.
    Over {
        /// The play.
        play: Number,
        /// Why; empty if it was asked for.
        why: String,
    },

    /// How all exercises stand.
    Exercises {
        /// All of them, in their order.
        exercises: Vec<Exercise>,
    },
    /// How one exercise stands now.
    Stands {
        /// The exercise.
        exercise: Exercise,
    },
    /// A hint.
    Hint {
        /// The exercise's name.
        exercise: String,
        /// Which one, counted from 1.
        number: usize,
        /// How many there are.
        of: usize,
        /// The hint, in plain text with backticks.
        text: String,
    },
    /// The learner's file: it was asked for, or has changed on the disk.
    Source {
        /// The exercise's name.
        exercise: String,
        /// What stands in it.
        text: String,
        /// Its version.
        version: String,
        /// What has become of the text that stood there before, if the learner
        /// is to know.
        note: String,
    },
    /// The learner's file is written.
    Saved {
        /// The exercise's name.
        exercise: String,
        /// Its version now.
        version: String,
    },
    /// It is not written, since somebody else has changed it.
    Conflict {
        /// The exercise's name.
        exercise: String,
        /// What stands in it.
        text: String,
        /// Its version. A save with it overwrites the text.
        version: String,
    },
    /// A solution to compare with.
    Solution {
        /// The exercise's name.
        exercise: String,
        /// Its code.
        text: String,
    },
    /// Something about no play was asked for, and is not done.
    Sorry {
        /// Why.
        why: String,
    },
}

/// Where the page and the screen differ first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// The line of the page, counted from 1.
    pub step: usize,
    /// The terminal.
    pub terminal: String,
    /// What the page has there.
    pub expected: String,
    /// What was printed; none if nothing was.
    pub got: Option<String>,
    /// What has happened, in a sentence.
    pub why: String,
}

/// How an exercise stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Exercise {
    /// Its name, such as `ex01-shout`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its page, relative to the site.
    pub page: String,
    /// How it stands.
    pub standing: Standing,
    /// What its check has said last, such as the first failure; may be empty.
    pub said: String,
}

/// How an exercise stands, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nobody has written anything.
    NotBegun,
    /// Something is written, and was not checked yet.
    Begun,
    /// It is being checked.
    Checking,
    /// Its tests have not passed.
    Failed,
    /// They have passed.
    Passed,
    /// They have passed once, and another answer stands in the file now.
    Kept,
}
