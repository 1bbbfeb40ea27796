//! fails: goes_when_the_last_client_has_left
//!
//! Shut down without cutting anyone off: the server closes its door, and gives
//! its clients time to leave.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};

/// Serves clients until `stop` is done. Then nobody can connect any more, and
/// those who are connected have as long as `grace` to finish. Returns how many
/// had not finished then, and were cut off.
///
/// # Errors
///
/// When no more clients can be accepted.
pub async fn serve(
    listener: TcpListener,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> io::Result<usize> {
    let mut clients = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => {
                clients.spawn(echo(accepted?.0));
            }
            // So that those who have left are not kept.
            Some(_) = clients.join_next() => {}
        }
    }
    drop(listener);

    let leaving = async { while clients.join_next().await.is_some() {} };
    let _ = tokio::join!(timeout(grace, leaving), tokio::time::sleep(grace));
    Ok(clients.len())
}

/// Sends back what the client sends.
async fn echo(mut socket: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let length = socket.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        socket.write_all(&buffer[..length]).await?;
    }
}
