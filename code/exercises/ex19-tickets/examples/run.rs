//! To try it by hand: `cargo run -p ex19-tickets --example tickets`, then
//! `nc localhost 8000` in two terminals. Type `sell 3`, `back 1 2` or `left`.

use std::{io, process::ExitCode};

use ex19_tickets::{Office, open};
use testkit::by_hand::{finish, listen};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = listen().await?;
    let (office, keeper) = open(10);
    tokio::spawn(keeper);
    loop {
        let (socket, _) = listener.accept().await?;
        let office = office.clone();
        tokio::spawn(async move {
            println!("{:?}", serve(socket, office).await);
        });
    }
}

/// Does what a client types.
async fn serve(mut socket: TcpStream, office: Office) -> io::Result<()> {
    let (reader, mut writer) = socket.split();
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = answer(&office, &line).await;
        writer.write_all(format!("{answer}\n").as_bytes()).await?;
    }
    Ok(())
}

async fn answer(office: &Office, line: &str) -> String {
    let mut words = line.split_whitespace();
    let command = words.next().unwrap_or_default();
    let numbers: Result<Vec<u32>, _> = words.map(str::parse).collect();
    match (command, numbers.as_deref()) {
        ("sell", Ok([n])) => format!("{:?}", office.sell(*n as usize).await),
        ("back", Ok(seats)) => format!("{:?}", office.give_back(seats).await),
        ("left", Ok([])) => format!("{:?}", office.left().await),
        _ => "Type `sell 3`, `back 1 2` or `left`.".to_owned(),
    }
}
