//! To try it by hand: `cargo run -p ex09-panic --example panic`, then
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
    let (sender, mut ends) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(end) = ends.recv().await {
            println!("A client's task has ended: {end:?}");
        }
    });
    ex09_panic::serve(listener, work, sender).await
}

fn work(packet: &[u8]) -> Vec<u8> {
    if packet.trim_ascii() == b"boom" {
        panic!("(meant to happen) `work` panics at \"boom\"");
    }
    packet.to_ascii_uppercase()
}
