//! Each flaw that a chapter shows, on the program that has it, and on the one
//! that is cured of it.

#[cfg(unix)]
mod cut_off;

mod dead_log;

#[cfg(unix)]
mod stopped_terminal;
