//! A chat as one writes it first: everybody shares a map of everybody.
//!
//! `cargo run --example shared_chat`, and a netcat for each who comes. The
//! first line is a name, and each further line is said to all. It works, and it
//! has two flaws, which the page about rooms tells.

use std::{
    collections::{HashMap, hash_map::Entry},
    io::{self, ErrorKind::AlreadyExists},
    sync::Arc,
};

use clap::Parser;
use echo::{cli, serve::pass_over};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpStream, tcp::OwnedWriteHalf},
    sync::Mutex,
};

/// The members, each by its name, and how to write to it.
// ANCHOR: room
type Room = Arc<Mutex<HashMap<String, OwnedWriteHalf>>>;
// ANCHOR_END: room

/// A room in which people talk, each with a netcat
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    port: cli::Port,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Args { port } = cli::parse();
    let listener = cli::listen(port.port).await?;
    println!("Listening on port {}...", listener.local_addr()?.port());
    let room = Room::default();
    loop {
        match listener.accept().await {
            Ok((socket, _)) => _ = tokio::spawn(converse(socket, room.clone())),
            Err(error) => pass_over(error).await?,
        }
    }
}

// ANCHOR: converse
async fn converse(socket: TcpStream, room: Room) -> io::Result<()> {
    let (reader, writer) = socket.into_split();
    let mut lines = BufReader::new(reader).lines();
    let Some(name) = lines.next_line().await? else {
        return Ok(());
    };
    join(&room, &name, writer).await?;
    // Who breaks off without a goodbye is found by the next `say`.
    while let Some(line) = lines.next_line().await? {
        say(&room, &format!("{name}: {line}\n")).await;
    }
    leave(&room, &name).await;
    Ok(())
}
// ANCHOR_END: converse

async fn join(
    room: &Room,
    name: &str,
    writer: OwnedWriteHalf,
) -> io::Result<()> {
    match room.lock().await.entry(name.to_owned()) {
        Entry::Occupied(_) => return Err(AlreadyExists.into()),
        Entry::Vacant(place) => place.insert(writer),
    };
    say(room, &format!("* {name} has joined\n")).await;
    Ok(())
}

// ANCHOR: say
async fn say(room: &Room, line: &str) {
    let mut members = room.lock().await;
    for (name, writer) in members.iter_mut() {
        if writer.write_all(line.as_bytes()).await.is_err() {
            // The two call each other, which a future can do in a box only.
            Box::pin(leave(room, name)).await;
        }
    }
}
// ANCHOR_END: say

// ANCHOR: leave
async fn leave(room: &Room, name: &str) {
    room.lock().await.remove(name);
    say(room, &format!("* {name} has left\n")).await;
}
// ANCHOR_END: leave
