//! What a page and the lab say to each other: JSON texts in a WebSocket, one
//! socket a page.
//!
//! A page never sends a command. It names a session or a chip by its place on
//! the page, and the lab runs what the book says there. What is typed goes into
//! the input of a program that runs already. Apart from that, a page can have
//! the exercises checked, and write the file of each.

use mdbook_proof::session::live::{Notice, Way};
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
    /// To play something.
    Start {
        /// The play's number from now on, which no other play of the page has.
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

/// What the lab tells a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(
    tag = "tell",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Tell {
    /// The first word.
    Hello,
    /// The book was built anew.
    Built {
        /// The pages that have changed, relative to the site, such as
        /// `exercises/01-shout.html`.
        pages: Vec<String>,
    },
    /// The book cannot be built; the pages are those of before.
    Broken {
        /// Why.
        said: String,
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
    /// What happens in a play.
    #[serde(untagged)]
    Play {
        /// Its number.
        play: Number,
        /// What is told of it.
        #[serde(flatten)]
        notice: Notice,
    },
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
    /// What its check has said last; may be empty.
    pub said: String,
    /// The same in a few words: `fails: shouts a word`.
    pub brief: String,
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
