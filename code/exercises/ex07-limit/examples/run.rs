//! To try it by hand: `cargo run -p ex07-limit --example limit`, then
//! `nc localhost 8000` in three terminals.

use std::{io, process::ExitCode};

use testkit::by_hand::{finish, listen};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = listen().await?;
    println!("It serves two clients at once.");
    ex07_limit::serve(listener, 2).await
}
