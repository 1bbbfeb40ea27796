//! fails: a_sleeper_stops_nobody
//!
//! Tell everyone: what one client says, all the others hear.

use std::{collections::BTreeMap, io, sync::Arc};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream, tcp::OwnedWriteHalf},
    sync::Mutex,
};

/// Everybody's way back.
type Clients = Arc<Mutex<BTreeMap<usize, OwnedWriteHalf>>>;

/// Serves every client in a task of its own, and numbers them.
///
/// # Errors
///
/// When no more clients can be accepted.
pub async fn serve(listener: TcpListener) -> io::Result<()> {
    let clients = Clients::default();
    let mut number = 0;
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(talk(socket, number, clients.clone()));
        number += 1;
    }
}

/// Passes on what this client says.
async fn talk(
    socket: TcpStream,
    number: usize,
    clients: Clients,
) -> io::Result<()> {
    let (from_client, mut to_client) = socket.into_split();
    to_client.write_all(b"welcome\n").await?;
    clients.lock().await.insert(number, to_client);
    let mut from_client = BufReader::new(from_client);
    loop {
        let mut line = String::new();
        if from_client.read_line(&mut line).await? == 0 {
            clients.lock().await.remove(&number);
            return Ok(());
        }
        for (other, to_client) in clients.lock().await.iter_mut() {
            if *other != number {
                let _ = to_client.write_all(line.as_bytes()).await;
            }
        }
    }
}
