//! To try it by hand: `cargo run -p ex15-lead --example lead`, then
//! `nc localhost 8000`. Press Enter in the server's terminal, once or twice.

use std::{io, process::ExitCode, time::Duration};

use testkit::by_hand::{finish, listen};
use tokio::{
    io::{AsyncBufReadExt, BufReader, stdin},
    sync::{mpsc, watch},
};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let listener = listen().await?;
    println!("Press Enter to stop, and again to hurry.");
    let (stop, hurry) = enters();
    let (ready, mut readiness) = watch::channel(true);
    tokio::spawn(async move {
        while readiness.changed().await.is_ok() {
            println!("Ready: {}", *readiness.borrow_and_update());
        }
    });
    let (lead, grace) = (Duration::from_secs(10), Duration::from_secs(10));
    let serving = ex15_lead::serve(listener, ready, stop, hurry, lead, grace);
    println!("{} clients were cut off", serving.await?);
    Ok(())
}

/// Futures that are done at the first and the second Enter.
fn enters() -> (impl Future<Output = ()>, impl Future<Output = ()>) {
    let (first, mut stop) = mpsc::channel(1);
    let (second, mut hurry) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut lines = BufReader::new(stdin()).lines();
        for signal in [first, second] {
            let _ = lines.next_line().await;
            let _ = signal.send(()).await;
        }
    });
    let stop = async move {
        stop.recv().await;
        println!("Stopping...");
    };
    let hurry = async move {
        hurry.recv().await;
        println!("Hurrying...");
    };
    (stop, hurry)
}
