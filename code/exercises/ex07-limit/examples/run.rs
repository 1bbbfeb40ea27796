//! To try it by hand: `cargo run -p ex07-limit --example limit`, then
//! `nc localhost 8000` in three terminals.

use std::io;

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:8000").await?;
    println!("Listening on port 8000, for two clients at once...");
    ex07_limit::serve(listener, 2).await
}
