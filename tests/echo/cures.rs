//! Each flaw that a chapter shows, on the program that has it, and on the one
//! that is cured of it.

/// Many clients of one address.
mod crowd;

/// A client that takes no answer.
mod never_reads;

/// A client that says nothing.
mod never_speaks;

/// A log that nobody reads.
mod dead_log;

/// A terminal that is stopped.
#[cfg(unix)]
mod stopped_terminal;

/// Clients in the middle of something when the server ends.
#[cfg(unix)]
mod cut_off;

/// A message that contains what ends a line.
mod line_end;

/// A message that comes by half, and then an end.
mod cut_short;

/// A member of a room who takes no lines.
#[cfg(unix)]
mod slow_member;

/// A member of a room whose connection breaks.
#[cfg(unix)]
mod lost_member;

/// A room that crashes.
#[cfg(unix)]
mod crash;

/// More clients than a server accepts at the moment.
#[cfg(unix)]
mod full_queue;

/// Clients who say nothing, and what they cost.
#[cfg(target_os = "linux")]
mod silent_crowd;
