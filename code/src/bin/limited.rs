//! An echo server that says no: `cargo run --bin limited`.
//!
//! It answers whole lines, to so many clients at once, and lets go whoever
//! keeps it waiting. `--help` tells the limits.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use clap::Parser;
use echo::{
    admission::{Door, Reserve},
    cli,
    conversation::echo,
    limits::Limits,
    serve::serve,
};
use tokio::{net::TcpStream, task};

/// Sends back the lines of its clients, and says no to some of them
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    port: cli::Port,
    #[command(flatten)]
    limits: Limits,
}

#[tokio::main]
async fn main() {
    cli::finish(run(cli::parse()).await)
}

// ANCHOR: run
async fn run(args: Args) -> anyhow::Result<()> {
    let limits = args.limits;
    limits.make_room()?;
    let listener = cli::listen(args.port.port).await?;
    println!("Listening on port {}...", listener.local_addr()?.port());

    let door = Arc::new(Door::new(&limits));
    let handler =
        move |(socket, peer)| client(socket, peer, door.clone(), limits);
    serve(Reserve::new(listener)?, handler)
        .run()
        .await
        .context("cannot accept clients any more")
}
// ANCHOR_END: run

// ANCHOR: client
async fn client(
    mut socket: TcpStream,
    peer: SocketAddr,
    door: Arc<Door>,
    limits: Limits,
) {
    let id = task::id();
    let _place = match door.admit(peer) {
        Ok(place) => place,
        Err(why) => {
            println!("Task {id}: Refused {peer}: {why}");
            return door.refuse(&mut socket, &why).await;
        }
    };
    println!("Task {id}: Got connection from a client: {peer}");
    let ended = echo(&mut socket, &limits).await;
    match ended {
        Ok(()) => println!("Task {id}: Connection closed"),
        Err(end) => {
            println!("Task {id}: Let go: {end}");
            end.tell(&mut socket).await;
        }
    }
}
// ANCHOR_END: client
