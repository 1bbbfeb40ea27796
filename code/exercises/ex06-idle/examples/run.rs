//! To try it by hand: `cargo run -p ex06-idle --example idle`, then
//! `nc localhost 8000`.

use std::{io, process::ExitCode, time::Duration};

use testkit::by_hand::{finish, listen};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = listen().await?;
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(async {
            let limit = Duration::from_secs(5);
            println!("{:?}", ex06_idle::talk(socket, limit).await);
        });
    }
}
