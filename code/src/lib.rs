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
//! 5. [`serve`]: accepting clients, as all servers after Part I do it. With
//!    [`files`], [`limits`], [`admission`] and [`conversation`] it says no. Their
//!    chapter is "Saying no".
//! 6. [`log`] and [`counters`]: what the server tells. Their chapter is "A log
//!    that cannot stop the server".
//! 7. [`drain`] and [`notify`]: how it ends. Their chapter is "Stopping without
//!    cutting anyone off".
//! 8. [`messages`]: where a message ends, and what it means. Its chapter is
//!    "Messages".
//! 9. [`chat`]: a room in which clients talk to each other, and the task that
//!    owns it. Its chapter is "A room full of people".
//! 10. [`supervise`]: tasks that begin again when they panic. Its chapter is
//!     "Let it crash".
//! 11. [`upgrade`]: a server that becomes another program while its clients
//!     stay connected. Its chapter is "New code, old connections".
//! 12. [`settings`]: what is set by a file. Its chapter is "The whole server".
//! 13. [`tuned`]: the echo server again, for many clients. Its chapter is "How
//!     many clients?".
//! 14. [`cli`]: what the programs in `src/bin` share.
//!
//! The programs are `server`, `client` and `server_client`; `limited`,
//! `logged`, `drained` and `echod`, each of which is the last one and a little
//! more; `lines` and `framed`, which understand requests; `chat` and
//! `supervised`, a room and one that may crash; `upgradable` and
//! `upgradable_v2`; `tuned`; `load`, which measures a server, and `compare`,
//! which measures many; and five that measure their own, `delays`,
//! `chat_bench`, `slow_bench`, `upgrade_bench` and `echod_bench`. Each is
//! started with `cargo run --bin NAME` and tells its arguments with `--help`,
//! but for these five.

pub mod server;

pub mod client;

pub mod process;

pub mod reload;

pub mod serve;

pub mod files;

pub mod limits;

pub mod admission;

pub mod conversation;

pub mod log;

pub mod counters;

pub mod drain;

pub mod notify;

pub mod messages;

pub mod chat;

pub mod supervise;

pub mod upgrade;

pub mod settings;

pub mod tuned;

pub mod cli;
