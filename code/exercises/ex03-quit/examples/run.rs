//! To try it by hand: `cargo run -p ex03-quit --example quit`, then `nc localhost 8000`.

use std::io;

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:8000").await?;
    println!("Listening on port 8000...");
    ex03_quit::serve(listener).await
}
