//! To try it by hand: `cargo run -p ex24-idle-memory --example idle-memory`,
//! then `nc localhost 8000`.

use std::{io, process::ExitCode};

use ex24_idle_memory::echo;
use testkit::by_hand::{finish, listen};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = listen().await?;
    loop {
        let (socket, addr) = listener.accept().await?;
        let echoing = echo(socket);
        let size = size_of_val(&echoing);
        println!("The future of {addr} has {size} bytes");
        tokio::spawn(async move {
            let ended = echoing.await;
            println!("The future of {addr} has ended: {ended:?}");
        });
    }
}
