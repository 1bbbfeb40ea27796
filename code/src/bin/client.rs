//! A small netcat: `cargo run --bin client`, or `cargo run --bin client ADDRESS`.
//!
//! Lines typed go to the server, and what comes back is printed. At the end of
//! the input (Ctrl-D) it waits for the rest of the answer, then it ends. At a
//! terminal, the line `:reload` makes it become its own new version.

use std::{
    env,
    io::{self, IsTerminal},
    net::Ipv4Addr,
};

use anyhow::Context;
use clap::Parser;
use echo::{
    cli,
    client::Client,
    process::this_program,
    reload::{Ended, reload, talk},
    server::DEFAULT_PORT,
};
use tokio::io::{BufReader, stdin, stdout};

/// Sends what it reads to a server, and prints what comes back
#[derive(Parser)]
struct Args {
    /// Where the server listens; PORT in the environment changes the default
    #[arg(default_value_t = default_address(), value_parser = parse_address)]
    address: String,
    /// Go on with the connection in the open file of this number
    #[cfg(unix)]
    #[arg(long, hide = true)]
    socket: Option<i32>,
}

#[tokio::main]
async fn main() {
    cli::finish(run(cli::parse()).await)
}

// ANCHOR: run
async fn run(args: Args) -> anyhow::Result<()> {
    let client = connect(&args).await?;
    match io::stdin().is_terminal() {
        true => converse(client).await,
        false => relay(client).await,
    }
    .with_context(|| format!("talking to {} ended early", args.address))
}
// ANCHOR_END: run

async fn connect(args: &Args) -> anyhow::Result<Client> {
    #[cfg(unix)]
    if let Some(number) = args.socket {
        return echo::reload::resume(number).context("the connection is lost");
    }
    Client::connect(&args.address)
        .await
        .with_context(|| format!("cannot connect to {}", args.address))
}

/// What comes from a file or another program is passed on as it is.
async fn relay(client: Client) -> anyhow::Result<()> {
    Ok(client.relay(stdin(), stdout()).await?)
}

async fn converse(mut client: Client) -> anyhow::Result<()> {
    let program = this_program()?;
    let mut input = BufReader::new(stdin());
    loop {
        match talk(&mut client, &mut input, stdout()).await? {
            Ended::Closed => return Ok(()),
            Ended::Reload => {
                let Err(error) = reload(&client, &program).await;
                eprintln!("{error:#}");
            }
        }
    }
}

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
