//! How fast a room of a thousand members hears one speaker:
//! `cargo run --release --bin chat_bench`.
//!
//! It starts `chat`, and beside it the rooms in `code/peers`, as other
//! languages have them, where their tools are installed. The members of each
//! room read all that is said, and compare every byte of it: a line that is
//! lost, or comes out of turn, ends the measurement with an error. All rooms
//! are measured in turn, in many short rounds. It takes less than three
//! minutes, says on stderr how far it is, and writes the table that a page
//! shows.

#[cfg(unix)]
mod crowd;
#[cfg(unix)]
mod floor;
#[cfg(unix)]
mod gate;
#[cfg(unix)]
mod guarded;
#[cfg(unix)]
mod member;
#[cfg(unix)]
mod peer;
#[cfg(unix)]
mod rounds;
#[cfg(unix)]
mod script;
#[cfg(unix)]
mod table;

#[cfg(unix)]
#[tokio::main]
async fn main() {
    if std::env::args().nth(1).as_deref() == Some(floor::FLOOR) {
        echo::cli::finish(floor::run());
    }
    echo::cli::finish(rounds::run(echo::cli::parse()).await)
}

#[cfg(not(unix))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("it starts its rooms by way of sh, which Windows lacks")
}
