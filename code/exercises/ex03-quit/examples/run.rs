//! To try it by hand: `cargo run -p ex03-quit --example quit`, then `nc localhost 8000`.

use std::{io, process::ExitCode};

use testkit::by_hand::{finish, listen};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    ex03_quit::serve(listen().await?).await
}
