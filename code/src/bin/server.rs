//! The echo server: `cargo run --bin server`, `cargo run --bin server 4000`.

use anyhow::Context;
use clap::Parser;
use echo::{cli, server};

/// Listens on 127.0.0.1 and sends back whatever a client sends
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    port: cli::Port,
}

#[tokio::main]
async fn main() {
    let Args { port } = cli::parse();
    cli::finish(run(port.port).await)
}

async fn run(port: u16) -> anyhow::Result<()> {
    let server = server::start(port)
        .await
        .with_context(|| format!("cannot listen on port {port}"))?;
    server
        .wait()
        .await
        .context("cannot accept clients any more")
}
