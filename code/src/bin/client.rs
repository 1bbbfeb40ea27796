//! A small netcat: `cargo run --bin client`, or `cargo run --bin client ADDRESS`.
//!
//! Lines typed go to the server, and what comes back is printed. At the end of
//! the input (Ctrl-D) it waits for the rest of the answer, then it ends.

use std::{env, net::Ipv4Addr};

use anyhow::Context;
use clap::Parser;
use echo::{cli, client::Client, server::DEFAULT_PORT};

/// Sends what it reads to a server, and prints what comes back
#[derive(Parser)]
struct Args {
    /// Where the server listens; PORT in the environment changes the default
    #[arg(default_value_t = default_address(), value_parser = parse_address)]
    address: String,
}

#[tokio::main]
async fn main() {
    let Args { address } = cli::parse();
    cli::finish(run(&address).await)
}

// ANCHOR: run
async fn run(address: &str) -> anyhow::Result<()> {
    let client = Client::connect(address)
        .await
        .with_context(|| format!("cannot connect to {address}"))?;
    client
        .relay(tokio::io::stdin(), tokio::io::stdout())
        .await
        .with_context(|| format!("talking to {address} ended early"))
}
// ANCHOR_END: run

fn default_address() -> String {
    let port = match env::var_os("PORT") {
        Some(port) => port.to_string_lossy().into_owned(),
        None => DEFAULT_PORT.to_string(),
    };
    format!("{}:{port}", Ipv4Addr::LOCALHOST)
}

/// Checks the form alone. Whether the host exists is found out on connecting.
fn parse_address(text: &str) -> Result<String, String> {
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    if host.is_empty() {
        return Err(
            "an address is a host and a port, as in 127.0.0.1:8000".into()
        );
    }
    cli::parse_port(port)?;
    Ok(text.to_owned())
}
