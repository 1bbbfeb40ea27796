//! To try it by hand: `cargo run -p ex06-idle --example idle`, then
//! `nc localhost 8000`.

use std::{io, time::Duration};

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:8000").await?;
    println!("Listening on port 8000...");
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(async {
            let limit = Duration::from_secs(5);
            println!("{:?}", ex06_idle::talk(socket, limit).await);
        });
    }
}
