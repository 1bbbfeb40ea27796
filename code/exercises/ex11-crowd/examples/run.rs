//! To try it by hand: `cargo run --bin server`, then
//! `cargo run -p ex11-crowd --example crowd`.

use std::{io, net::Ipv4Addr, process::ExitCode};

use testkit::by_hand::{finish, port};

#[tokio::main]
async fn main() -> ExitCode {
    finish(run().await)
}

async fn run() -> io::Result<()> {
    let addr = (Ipv4Addr::LOCALHOST, port()?).into();
    println!("{:?}", ex11_crowd::crowd(addr, 100, 100).await);
    Ok(())
}
