//! To try it by hand: `cargo run --bin server`, then
//! `cargo run -p ex11-crowd --example crowd`.

use std::net::Ipv4Addr;

#[tokio::main]
async fn main() {
    let addr = (Ipv4Addr::LOCALHOST, 8000).into();
    println!("{:?}", ex11_crowd::crowd(addr, 100, 100).await);
}
