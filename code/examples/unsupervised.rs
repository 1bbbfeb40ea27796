//! A room that crashes, and nobody to open it again.
//!
//! `cargo run --example unsupervised`, and a netcat for each who comes. It has
//! the bug of `supervised`, and the room in a task that nobody waits for. When
//! that has crashed, the server goes on, and is of no use to anybody.

use clap::Parser;
use echo::{
    chat::{converse, mailbox::Slow, mention, room::Room},
    cli,
    limits::DEFAULTS,
    serve::serve,
};
use tokio_util::sync::CancellationToken;

/// A room in which people talk, until it crashes
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
    // ANCHOR: spawn
    let (room, keeper) = Room::new(Slow::default());
    let mut keeper = keeper.showing(mention::mark);
    tokio::spawn(async move { keeper.run().await });
    // ANCHOR_END: spawn
    let handler = move |(mut socket, _)| {
        let (room, never) = (room.clone(), CancellationToken::new());
        async move {
            let talk = converse(&mut socket, &room, &DEFAULTS, &never).await;
            if let Err(end) = talk {
                end.tell(&mut socket).await;
            }
        }
    };
    Ok(serve(listener, handler).run().await?)
}
