//! First say that you go: the server stays open until others have noticed that
//! it goes.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

/// Serves clients until `stop` is done. Then `ready` becomes false, and clients
/// are served as before for as long as `lead`, or until `hurry` is done. Then
/// nobody can connect any more, and those who are connected have as long as
/// `grace` to finish. Returns how many had not finished then, and were cut off.
///
/// # Errors
///
/// When no more clients can be accepted.
pub async fn serve(
    listener: TcpListener,
    ready: watch::Sender<bool>,
    stop: impl Future<Output = ()>,
    hurry: impl Future<Output = ()>,
    lead: Duration,
    grace: Duration,
) -> io::Result<usize> {
    // TODO: say that you go, and stay open for a while.
    let _ = (ready, hurry, lead); // Remove this line.
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
    let _ = timeout(grace, leaving).await;
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
