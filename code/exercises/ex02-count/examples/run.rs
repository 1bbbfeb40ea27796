//! To try it by hand: `cargo run -p ex02-count --example count`, then
//! `nc localhost 8000`.

use std::io;

use tokio::{net::TcpListener, sync::mpsc::unbounded_channel};

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:8000").await?;
    println!("Listening on port 8000...");
    let (sender, mut counts) = unbounded_channel();
    tokio::spawn(async move {
        while let Some(count) = counts.recv().await {
            println!("A client sent {count} bytes");
        }
    });
    ex02_count::serve(listener, sender).await
}
