//! To try it by hand: `cargo run -p ex16-anew --example anew`, then
//! `nc localhost 8000`. Type settings into the server's terminal.

use std::{io, process::ExitCode, time::Duration};

use ex16_anew::{Settings, talk, update};
use testkit::by_hand::{finish, listen};
use tokio::{
    io::{AsyncBufReadExt, BufReader, stdin},
    sync::watch,
};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = listen().await?;
    let (settings, receiver) = watch::channel(Settings {
        idle: Duration::from_secs(60),
        longest: 80,
    });
    println!("{:?}", *settings.borrow());
    tokio::spawn(async move {
        let mut lines = BufReader::new(stdin()).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            match update(&settings, &line) {
                Ok(()) => println!("{:?}", *settings.borrow()),
                Err(error) => println!("{error}"),
            }
        }
    });
    loop {
        let (socket, _) = listener.accept().await?;
        let settings = receiver.clone();
        tokio::spawn(async {
            println!("{:?}", talk(socket, settings).await);
        });
    }
}
