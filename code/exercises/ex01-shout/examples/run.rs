//! To try it by hand: `cargo run -p ex01-shout --example shout`, then `nc localhost 8000`.

use std::{io, process::ExitCode};

use testkit::by_hand::{finish, listen};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    ex01_shout::serve(listen().await?).await
}
