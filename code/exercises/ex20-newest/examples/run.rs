//! To try it by hand: `cargo run -p ex20-newest --example newest`, then
//! `nc localhost 8000`. Press Enter there, now and then.

use std::{io, process::ExitCode, time::Duration};

use ex20_newest::{Inbox, Mailbox, mailbox};
use testkit::by_hand::{finish, listen};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::interval,
};

/// So many lines wait for a client.
const MOST: usize = 3;

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = listen().await?;
    println!("A line a second, and {MOST} may wait.");
    loop {
        let (socket, _) = listener.accept().await?;
        let (mailbox, inbox) = mailbox(MOST);
        tokio::spawn(count(mailbox));
        tokio::spawn(async {
            println!("{:?}", serve(socket, inbox).await);
        });
    }
}

/// Puts in a line a second, until nobody takes them any more.
async fn count(mailbox: Mailbox) {
    let mut clock = interval(Duration::from_secs(1));
    for number in 1_u64.. {
        clock.tick().await;
        if mailbox.put(format!("line {number}")).is_err() {
            return println!("nobody is there any more");
        }
    }
}

/// Takes one out for each line that the client sends.
async fn serve(mut socket: TcpStream, mut inbox: Inbox) -> io::Result<()> {
    let (reader, mut writer) = socket.split();
    let mut lines = BufReader::new(reader).lines();
    while lines.next_line().await?.is_some() {
        let item = inbox.take().await;
        writer.write_all(format!("{item:?}\n").as_bytes()).await?;
    }
    Ok(())
}
