//! A proof-reader for mdBook: a page that is wrong does not build.
//!
//! [`check()`] reads a book as its author wrote it and returns what is wrong
//! with it. [`preprocess`] does the same for mdBook, and gives the listings
//! their captions and the sessions their terminals. With the feature
//! `sessions`, `session::run` runs the sessions; with `site`, `site::check`
//! builds the book and follows its links.
//!
//! The README lists the rules.

use std::env;

pub mod book;
pub mod code;
pub mod commands;
pub mod compile;
pub mod constants;
pub mod directive;
pub mod docs;
pub mod drawing;
pub mod edit;
pub mod exhibit;
pub mod files;
pub mod finding;
pub mod index;
pub mod items;
pub mod marks;
pub mod notes;
pub mod page;
pub mod place;
pub mod preprocess;
pub mod profile;
pub mod reading;
pub mod rules;
pub mod section;
pub mod sentence;
pub mod session;
pub mod settings;
#[cfg(feature = "site")]
pub mod site;
pub mod source;
pub mod view;
pub mod words;
pub mod workspace;

mod allow;
mod check;
mod cures;
mod diff;
mod history;
mod shell;
mod since;

pub use book::Book;
pub use check::{Report, check};
pub use finding::{Finding, render};

/// Whether `PROOF=overwrite` is set: then what really happens is to be written
/// into the book, and not compared with it.
pub fn overwrites() -> bool {
    proof_is("overwrite")
}

/// Whether `PROOF=read` is set: then somebody has read the words of the pages
/// against what they show, and says so.
pub fn is_read() -> bool {
    proof_is("read")
}

fn proof_is(word: &str) -> bool {
    env::var("PROOF").is_ok_and(|value| value == word)
}
