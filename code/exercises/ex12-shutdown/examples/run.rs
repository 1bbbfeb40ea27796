//! To try it by hand: `cargo run -p ex12-shutdown --example shutdown`, then
//! `nc localhost 8000`. Press Enter in the server's terminal.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader, stdin},
    net::TcpListener,
};

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:8000").await?;
    println!("Listening on port 8000. Press Enter to stop.");
    let stop = async {
        let _ = BufReader::new(stdin()).lines().next_line().await;
        println!("Closing the door...");
    };
    let grace = Duration::from_secs(10);
    let cut_off = ex12_shutdown::serve(listener, stop, grace).await?;
    println!("{cut_off} clients were cut off");
    Ok(())
}
