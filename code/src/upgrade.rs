//! A server that becomes another program while its clients stay connected.
//!
// ANCHOR: outline
//! - [`Version`] is what one version of the server does, and remembers.
//! - `server` accepts clients, until a signal asks for new code.
//! - `connection` is the conversation with one client, which can be stopped
//!   and gone on with.
//! - `handover` is what the old program leaves to the new one.
//! - `inherit` has files that stay open from one program to the next.
//! - [`program()`] makes a program of all this.
// ANCHOR_END: outline
//!
//! Run it with `cargo run --bin upgradable -- --pid-file target/pid`, connect
//! with netcat, and type `kill -HUP $(cat target/pid)`. Nothing seems to
//! happen, and yet it is a new program that answers. If you have changed the
//! code and built it meanwhile, it answers with the new code.
//!
//! It works on Unix: Windows has no `exec`.

use serde::{Serialize, de::DeserializeOwned};

#[cfg(unix)]
mod connection;
#[cfg(unix)]
mod handover;
#[cfg(unix)]
mod inherit;
#[cfg(unix)]
mod program;
#[cfg(unix)]
mod server;

#[cfg(unix)]
pub use self::inherit::{execute, inherit, keep};
#[cfg(unix)]
pub use self::program::program;

// ANCHOR: version
/// What a version of the server does with a line, and what it remembers of a
/// client from line to line.
///
/// The memory is handed to the next version through serde. So a field that the
/// last version did not have needs `#[serde(default)]`.
pub trait Version:
    Serialize + DeserializeOwned + Default + Send + 'static
{
    /// What to answer to a line, which comes with its end.
    fn answer(&mut self, line: &[u8]) -> Vec<u8>;

    /// What to say of the client when it has left.
    fn farewell(&self) -> String;
}
// ANCHOR_END: version

/// Says that this cannot be done here.
#[cfg(not(unix))]
pub async fn program<V: Version>() -> ! {
    crate::cli::finish(Err(anyhow::anyhow!(
        "Windows cannot replace the program of a process"
    )))
}
