//! Shut down without cutting anyone off: the server closes its door, and gives
//! its clients time to leave.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
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
    // TODO: stop, and let everybody finish.
    let _ = (stop, grace); // Remove this line.
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(echo(socket));
    }
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
