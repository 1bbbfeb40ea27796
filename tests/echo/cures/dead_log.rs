//! A log that nobody reads. `limited` waits for room in the pipe, and with it
//! wait its clients. `logged` loses lines, and no client.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::support::{Server, command, counting, within};

/// Their lines are more than any pipe holds.
const CROWD: usize = 5_000;

/// An answer takes a few milliseconds; this one does not come.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether all these clients are answered, one after the other.
async fn answers_all(server: &Server) -> bool {
    for _ in 0..CROWD {
        let mut client = server.connect().await;
        match timeout(PATIENCE, ask(&mut client)).await {
            Ok(answered) => answered.unwrap(),
            Err(_) => return false,
        }
        // No address of this connection is reserved for a while.
        client.set_zero_linger().unwrap();
    }
    true
}

async fn ask(client: &mut TcpStream) -> std::io::Result<()> {
    client.write_all(b"hello\n").await?;
    client.read_exact(&mut [0; 6]).await?;
    Ok(())
}

#[tokio::test]
async fn limited_loses_clients_when_nobody_reads_its_log() {
    let server = Server::spawn(command("limited").arg("0")).await;
    server.read_log(false);
    assert!(!answers_all(&server).await, "it has somewhere to write");
    // It was the log: they are served again as soon as somebody reads it.
    server.read_log(true);
    let asking = async { ask(&mut server.connect().await).await };
    within("an answer", asking).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn logged_serves_on_when_nobody_reads_its_log() {
    let server = Server::spawn(&mut counting("logged")).await;
    server.read_log(false);
    assert!(answers_all(&server).await, "somebody was not answered");
    server.stop().await;
}
