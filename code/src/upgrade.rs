//! A server that becomes another program while its clients stay connected.
//!
// ANCHOR: outline
//! - [`Version`] is what one version of the server does, and remembers.
//! - `server` accepts clients, until somebody asks for new code.
//! - `requests` is how one asks: a signal, of which none gets lost.
//! - `connection` is the conversation with one client, which can be stopped
//!   and gone on with.
//! - `handover` is what the old program leaves to the new one.
//! - `successor` is that program: it is asked, and then it takes over.
//! - `log` says what happens, and cannot stop the server.
//! - [`program()`] makes a program of all this.
// ANCHOR_END: outline
//!
//! Run it with `cargo run --bin upgradable -- --pid-file target/pid`, connect
//! with netcat, and type `kill -USR2 $(cat target/pid)`. Nothing seems to
//! happen, and yet it is a new program that answers. If you have changed the
//! code and built it meanwhile, it answers with the new code.
//!
//! It works on Unix: Windows has no `exec`.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

#[cfg(unix)]
mod connection;
#[cfg(unix)]
mod handover;
#[cfg(unix)]
mod log;
#[cfg(unix)]
mod program;
#[cfg(unix)]
mod requests;
#[cfg(unix)]
mod server;
#[cfg(unix)]
mod successor;

#[cfg(unix)]
pub use self::program::program;

// ANCHOR: version
/// What a version of the server does with a line, and what it remembers of a
/// client from line to line.
///
/// The memory is handed to the next version through serde. So a field that the
/// last version did not have needs `#[serde(default)]`.
pub trait Version:
    Debug + Default + Serialize + DeserializeOwned + Send + 'static
{
    /// What to answer to a line, which comes with its end.
    fn answer(&mut self, line: &[u8]) -> Vec<u8>;

    /// What to say of the client when it has left.
    fn farewell(&self) -> String;
}
// ANCHOR_END: version

/// Says that this cannot be done here.
#[cfg(not(unix))]
pub fn program<V: Version>() -> ! {
    crate::cli::finish(Err(anyhow::anyhow!(
        "Windows cannot replace the program of a process"
    )))
}
