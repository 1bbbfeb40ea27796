//! What must hold of the code: the real server, over real sockets.
//!
//! Every server here is a process of its own on a port of its own, started
//! and ended by its test. Every wait has a deadline.
//!
//! `bytes`, `connections`, `shortage` and `conversation` hold for any server
//! and netcat that behave as the book's do. `cargo learn project` runs them on
//! a reader's.

/// Starting programs, waiting for them, and reading what they print.
mod support;

/// Every byte comes back, however it was cut up on the way.
mod bytes;

/// Clients that leave, break off, crowd in, or never read.
mod connections;

/// What the pages say of tasks: turns, handles, panics, ends.
mod tasks;

/// What the pages say of sockets, and of what the system does with them.
mod sockets;

/// What the pages say of turns, of what tasks share, of channels and choices.
mod waiting;

/// What a panic leaves behind.
#[cfg(unix)]
mod panics;

/// The client's three functions, and the netcat that is built on them.
mod client;

/// A netcat and a server, and what passes between them.
mod conversation;

/// What the programs print, and their exit codes.
mod programs;

/// A server that has run out of files.
#[cfg(unix)]
mod shortage;

/// A server that keeps a file in reserve.
#[cfg(unix)]
mod reserve;

/// What a limited server allows, and what it does not.
mod limits;

/// The flaws of the first server, and that they are gone from the later ones.
mod cures;

/// Clients that do anything at any moment, against what each may see.
mod schedules;

/// The page's table of netcats, and of the keys that end them.
#[cfg(unix)]
mod netcats;

/// A log that nobody reads, that is full, or that a client would write.
#[cfg(unix)]
mod logs;

/// What the server counts, to the byte.
mod counters;

/// A server that stops, and what its clients notice of that.
#[cfg(unix)]
mod drains;

/// Bad messages, by line and by length.
mod messages;

/// A room full of people, and what any of them may do to the others.
#[cfg(unix)]
mod chat;

/// A room that crashes, and opens again.
#[cfg(unix)]
mod supervised;

/// What a server tells whoever has started it.
#[cfg(unix)]
mod notify;

/// The whole of it, from its settings to Ctrl-C.
#[cfg(unix)]
mod echod;

/// A client that becomes its own new version.
#[cfg(unix)]
mod reload;

/// A server that becomes another program under its clients.
#[cfg(target_os = "linux")]
mod upgrade;

/// The rooms of other languages, which `chat_bench` measures, and a supervisor.
#[cfg(unix)]
mod peers;

/// The echo servers of other languages, which `compare` measures.
#[cfg(target_os = "linux")]
mod other_echoes;

/// The program that compares them, with a few clients.
#[cfg(target_os = "linux")]
mod compare;

/// What one member's reading, or not reading, costs the others in a room.
mod slow;

/// A room in which nothing happens any more, and how one sees that.
#[cfg(unix)]
mod standstill;

/// The load that measures servers, before servers that are wrong.
#[cfg(unix)]
mod load;
/// The server for many clients, and its knobs.
#[cfg(unix)]
mod tuned;
