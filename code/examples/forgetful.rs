//! A wait that is called off, and what it forgets:
//! `cargo run --example forgetful`.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, duplex},
    time::{sleep, timeout},
};

// ANCHOR: main
#[tokio::main]
async fn main() -> io::Result<()> {
    let (mut client, server) = duplex(64);
    tokio::spawn(async move {
        client.write_all(b"hel").await?;
        sleep(Duration::from_millis(1500)).await;
        client.write_all(b"lo\n").await
    });

    let mut server = BufReader::new(server);
    let mut line = String::new();
    loop {
        let reading = server.read_line(&mut line);
        match timeout(Duration::from_secs(1), reading).await {
            Ok(_) => break println!("{line:?}"),
            Err(_) => println!("a second without a line"),
        }
    }
    Ok(())
}
// ANCHOR_END: main
