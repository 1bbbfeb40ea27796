//! To try it by hand: `cargo run -p ex25-honest-load --example honest-load`.
//! The server is in the program, and stalls once, for a second.

use std::{io, net::Ipv4Addr, process::ExitCode, time::Duration};

use ex25_honest_load::{Plan, measure};
use testkit::by_hand::finish;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep},
};

/// Three seconds of messages.
const PLAN: Plan = Plan {
    messages: 300,
    every: Duration::from_millis(10),
};

/// So long the server does nothing, when it has run for as long.
const STALL: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let socket = TcpStream::connect(listener.local_addr()?).await?;
    socket.set_nodelay(true)?;
    let serving = tokio::spawn(serve(listener));
    let Plan { messages, every } = PLAN;
    println!("{messages} messages, one every {every:?}, for a server that");
    println!("does nothing for a second:");
    let mut times = measure(socket, PLAN).await?;
    times.sort();
    for (part, name) in [(50, "half"), (90, "90 %"), (99, "99 %")] {
        let place = (times.len() * part / 100).min(times.len() - 1);
        println!("  {name} took at most {:.1?}", times[place]);
    }
    let long = times.iter().filter(|time| **time > STALL / 10);
    println!("  {} took longer than a tenth of a second", long.count());
    serving.abort();
    Ok(())
}

/// Echoes one client, with a pause in the middle.
async fn serve(listener: TcpListener) -> io::Result<()> {
    let (mut socket, _) = listener.accept().await?;
    socket.set_nodelay(true)?;
    let start = Instant::now();
    let mut has_stalled = false;
    let mut buffer = [0; 4096];
    loop {
        let read = socket.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        if !has_stalled && start.elapsed() > STALL {
            sleep(STALL).await;
            has_stalled = true;
        }
        socket.write_all(&buffer[..read]).await?;
    }
}
