//! A server that believes a length.
//!
//! `cargo build --example trusting`, and then start it where memory is short:
//! `(ulimit -v 1000000; target/debug/examples/trusting)`. Four bytes end it,
//! and nobody else is served any more. After a hundred clients it ends by
//! itself.

use std::io;

use clap::Parser;
use echo::cli;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// So many clients are served before it ends.
const SERVED: usize = 100;

/// Sends back messages, each behind its length, and makes room for any
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
    for _ in 0..SERVED {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(echo(socket));
    }
    Ok(())
}

// ANCHOR: echo
async fn echo(mut socket: TcpStream) -> io::Result<()> {
    loop {
        let length = socket.read_u32().await?;
        let mut message = vec![0; length as usize];
        socket.read_exact(&mut message).await?;
        socket.write_u32(length).await?;
        socket.write_all(&message).await?;
    }
}
// ANCHOR_END: echo
