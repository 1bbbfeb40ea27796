//! The server as a program: its port is an argument, or the default.

// ANCHOR: main
use std::{env, io};

use mine::server::{self, DEFAULT_PORT};

#[tokio::main]
async fn main() -> io::Result<()> {
    let port = match env::args().nth(1) {
        Some(text) => text.parse().map_err(io::Error::other)?,
        None => DEFAULT_PORT,
    };
    server::start(port).await?.wait().await
}
// ANCHOR_END: main
