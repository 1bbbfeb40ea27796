//! The echo server beside those of other languages:
//! `cargo run --release --bin compare`.
//!
//! It builds the book's servers and those in `code/peers`, as far as their
//! tools are installed, and has `load` talk to each of them. Each server is a
//! process of its own on one processor, and `load` has another. All servers are
//! measured in turn, in many short rounds. Then 10,000 clients come to each and
//! stay silent, then one server is measured with each of its settings, and at
//! last one is stopped for a second. It takes less than ten minutes, says on
//! stderr how far it is, and writes tables and drawings to `code/results`.

#[cfg(unix)]
mod bars;
#[cfg(unix)]
mod bench;
#[cfg(unix)]
mod build;
#[cfg(unix)]
mod calls;
#[cfg(unix)]
mod choice;
#[cfg(unix)]
mod curves;
#[cfg(unix)]
mod family;
#[cfg(unix)]
mod figures;
#[cfg(unix)]
#[path = "../chat_bench/guarded.rs"]
mod guarded;
#[cfg(unix)]
mod launch;
#[cfg(unix)]
mod lists;
#[cfg(unix)]
mod loader;
#[cfg(unix)]
mod opening;
#[cfg(unix)]
#[path = "../load/pin.rs"]
mod pin;
#[cfg(unix)]
mod program;
#[cfg(unix)]
mod progress;
#[cfg(unix)]
mod results;
#[cfg(unix)]
mod rounds;
#[cfg(unix)]
mod run;
#[cfg(unix)]
mod stall;
#[cfg(unix)]
mod subjects;
#[cfg(unix)]
#[path = "../slow_bench/svg.rs"]
mod svg;
#[cfg(unix)]
mod system;
#[cfg(unix)]
mod table;
#[cfg(unix)]
mod words;

#[cfg(unix)]
fn main() {
    // Who becomes a server needs no runtime of its own.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == launch::LAUNCH)
    {
        echo::cli::finish(launch::run());
    }
    measure()
}

#[cfg(unix)]
#[tokio::main]
async fn measure() {
    echo::cli::finish(run::run(echo::cli::parse()).await)
}

#[cfg(not(unix))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("it starts its servers by way of sh, which Windows lacks")
}
