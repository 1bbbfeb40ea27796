//! To try it by hand: `cargo run -p ex08-tell --example tell`, then
//! `nc localhost 8000` in two or three terminals.

use std::{io, process::ExitCode};

use testkit::by_hand::{finish, listen};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    ex08_tell::serve(listen().await?).await
}
