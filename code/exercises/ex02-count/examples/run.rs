//! To try it by hand: `cargo run -p ex02-count --example count`, then
//! `nc localhost 8000`.

use std::{io, process::ExitCode};

use testkit::by_hand::{finish, listen};
use tokio::sync::mpsc::unbounded_channel;

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = listen().await?;
    let (sender, mut counts) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(count) = counts.recv().await {
            println!("A client sent {count} bytes");
        }
    });
    ex02_count::serve(listener, sender).await
}
