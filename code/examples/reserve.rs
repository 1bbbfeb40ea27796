//! A server that keeps a file in reserve, to say no with.
//!
//! `cargo build --example reserve`, and then start it where files are short:
//! `(ulimit -n 11; target/debug/examples/reserve)`. The client too many is
//! told `no room`. `cargo run --bin server` would leave it waiting.

use clap::Parser;
use echo::{
    admission::Reserve, cli, conversation::echo, limits::DEFAULTS, serve::serve,
};
use tokio::net::TcpStream;

/// Sends back lines, and says no when it has no file left
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    port: cli::Port,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let Args { port } = cli::parse();
    let listener = cli::listen(port.port).await?;
    println!("Listening on port {}...", listener.local_addr()?.port());
    serve(Reserve::new(listener)?, |(socket, _)| client(socket))
        .run()
        .await?;
    Ok(())
}

async fn client(mut socket: TcpStream) {
    if let Err(end) = echo(&mut socket, &DEFAULTS).await {
        println!("Let go: {end}");
    }
}
