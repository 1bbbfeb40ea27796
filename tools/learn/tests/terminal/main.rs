//! `cargo learn`, as a learner sees it: in a terminal of 80 columns and 24
//! rows, with keys and files that are saved.

#![cfg(unix)]

mod commands;
mod staying;
mod support;
