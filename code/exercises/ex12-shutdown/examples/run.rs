//! To try it by hand: `cargo run -p ex12-shutdown --example shutdown`, then
//! `nc localhost 8000`. Press Enter in the server's terminal.

use std::{io, process::ExitCode, time::Duration};

use testkit::by_hand::{finish, listen};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = listen().await?;
    println!("Press Enter to stop.");
    let stop = async {
        let _ = BufReader::new(stdin()).lines().next_line().await;
        println!("Closing the door...");
    };
    let grace = Duration::from_secs(10);
    let cut_off = ex12_shutdown::serve(listener, stop, grace).await?;
    println!("{cut_off} clients were cut off");
    Ok(())
}
