//! The code that the pages of *The Echo Server* show, in reading order.
//!
//! 1. [`server`]: an echo server with one task for each client. The chapters
//!    from "The server module" to "An automated test" lead to it.
//! 2. [`client`]: the other end of the wire. Its chapter is "The client
//!    module".
//! 3. [`process`]: how a process becomes another program, and which of its
//!    files stay open. The next two stand on it.
//! 4. [`reload`]: a client that is recompiled while it is connected. Its
//!    chapter is "A client that becomes a new client".
//! 5. [`upgrade`]: a server that becomes another program while its clients
//!    stay connected. Its chapter is "New code, old connections".
//! 6. [`cli`]: what the programs in `src/bin` share. No chapter shows it.
//!
//! The programs are `server`, `client` and `server_client`, `upgradable` and
//! `upgradable_v2`, and `upgrade_bench`. Each is started
//! with `cargo run --bin NAME` and tells its arguments with `--help`.

pub mod server;

pub mod client;

pub mod process;

pub mod reload;

pub mod serve;

pub mod limits;

pub mod admission;

pub mod conversation;

pub mod log;

pub mod counters;

pub mod drain;

pub mod notify;

pub mod settings;

pub mod upgrade;

pub mod cli;
