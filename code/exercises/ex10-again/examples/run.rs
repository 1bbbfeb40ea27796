//! To try it by hand: `cargo run -p ex10-again --example again`, and before
//! its patience ends, `nc -l 8000` (some want `nc -l -p 8000`).

use std::{io, net::Ipv4Addr, process::ExitCode, time::Duration};

use ex10_again::{Patience, ask};
use testkit::by_hand::{finish, port};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let patience = Patience {
        attempts: 5,
        limit: Duration::from_secs(10),
        pause: Duration::from_secs(3),
    };
    let addr = (Ipv4Addr::LOCALHOST, port()?).into();
    let answer = ask(addr, "what is six times seven?", patience).await?;
    println!("The answer is {answer}");
    Ok(())
}
