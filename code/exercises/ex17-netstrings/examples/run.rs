//! To try it by hand: `cargo run -p ex17-netstrings --example netstrings`, then
//! `printf '5:hello,' | nc -N localhost 8000`.

use std::{io, process::ExitCode};

use ex17_netstrings::Netstrings;
use futures_util::StreamExt;
use testkit::by_hand::{finish, listen};
use tokio::io::AsyncWriteExt;
use tokio_util::codec::FramedRead;

/// Longer ones are refused.
const LONGEST: u32 = 100;

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = listen().await?;
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(async {
            let (reader, mut writer) = socket.into_split();
            let codec = Netstrings::no_longer_than(LONGEST);
            let mut messages = FramedRead::new(reader, codec);
            while let Some(message) = messages.next().await {
                let line = match message {
                    Ok(message) => message.escape_ascii().to_string(),
                    Err(error) => format!("error: {error}"),
                };
                let line = format!("[{line}]\n");
                writer.write_all(line.as_bytes()).await?;
            }
            io::Result::Ok(())
        });
    }
}
