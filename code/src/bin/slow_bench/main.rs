//! What one member who never reads costs a room:
//! `cargo run --release --bin slow_bench`.
//!
//! It starts `chat` with each policy for slow members in turn, has one member
//! be deaf and ten listen, and notes the memory of the room while somebody
//! speaks. At the end the deaf one reads after all, and tells what has become
//! of it. It needs Linux, which tells the memory of a process, takes less than
//! a minute, and writes the table and the drawing that a page shows.

#[cfg(target_os = "linux")]
mod course;
#[cfg(target_os = "linux")]
#[path = "../chat_bench/guarded.rs"]
mod guarded;
#[cfg(target_os = "linux")]
mod member;
#[cfg(target_os = "linux")]
mod plot;
#[cfg(target_os = "linux")]
mod policies;
#[cfg(target_os = "linux")]
mod svg;
#[cfg(target_os = "linux")]
mod table;

#[cfg(target_os = "linux")]
#[tokio::main]
async fn main() {
    echo::cli::finish(policies::run(echo::cli::parse()).await)
}

#[cfg(not(target_os = "linux"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("only Linux tells how much memory a process has")
}
