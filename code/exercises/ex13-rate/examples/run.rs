//! To try it by hand: `cargo run -p ex13-rate --example rate`, then
//! `nc localhost 8000`.

use std::{io, process::ExitCode};

use testkit::by_hand::{finish, listen};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = listen().await?;
    println!("Two bytes a second, and twenty at once.");
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(async {
            println!("{:?}", ex13_rate::talk(socket, 2, 20).await);
        });
    }
}
