//! Server and client in one program: `cargo run --bin server_client`.
//!
//! The client sends five messages, one a second, and each comes back.

use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use echo::{cli, client::Client, server};
use tokio::time;

/// Starts a server and sends it five messages, one a second
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    port: cli::Port,
}

// ANCHOR: main
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Args { port } = cli::parse();
    cli::finish(run(port.port).await)
}
// ANCHOR_END: main

// ANCHOR: run
async fn run(port: u16) -> anyhow::Result<()> {
    let server = server::start(port)
        .await
        .with_context(|| format!("cannot listen on port {port}"))?;
    let mut client = Client::connect(server.addr()).await?;

    let mut second = time::interval(Duration::from_secs(1));
    for i in (1..=5).rev() {
        second.tick().await;
        let message = format!("Hello, server {i}");
        let reply = client.send(message.as_bytes()).await?;
        println!("Main: Got reply from server: {}", reply.escape_ascii());
    }

    client.close().await?;
    println!("All done");
    Ok(())
}
// ANCHOR_END: run
