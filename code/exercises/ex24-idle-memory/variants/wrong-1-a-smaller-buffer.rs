//! fails: the_future_is_small
//!
//! The memory of an idle client: thousands of them wait, and each holds no
//! more than it needs to wait.

use std::io;

use tokio::{net::TcpStream, task::coop::consume_budget};

/// No read brings more bytes than these.
pub const MOST: usize = 1024;

/// Sends back all that a client sends, until it says no more.
///
/// # Errors
///
/// When the connection breaks.
pub async fn echo<S: Socket>(socket: S) -> io::Result<()> {
    let mut buffer = [0; MOST];
    loop {
        socket.readable().await?;
        match socket.try_read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => write_all(&socket, &buffer[..read]).await?,
            Err(error) if is_early(&error) => {}
            Err(error) => return Err(error),
        }
        // A client that always sends makes us wait for nothing. Others are
        // there, too.
        consume_budget().await;
    }
}

/// Writes all of this, and waits for room where there is none.
async fn write_all<S: Socket>(socket: &S, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match socket.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if is_early(&error) => socket.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether there is nothing yet, or no room yet, and nothing worse.
fn is_early(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

/// A connection that says when it can be read or written, and does so without
/// waiting.
pub trait Socket: Send + Sync {
    /// Waits until there is something to read, or the end. It may be mistaken.
    fn readable(&self) -> impl Future<Output = io::Result<()>> + Send;

    /// Reads what is there: 0 bytes are the end.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if nothing is there yet; others when the connection breaks.
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Waits until something can be written. It may be mistaken.
    fn writable(&self) -> impl Future<Output = io::Result<()>> + Send;

    /// Writes as much as there is room for.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none yet; others when the connection breaks.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;
}

impl Socket for TcpStream {
    async fn readable(&self) -> io::Result<()> {
        TcpStream::readable(self).await
    }

    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        TcpStream::try_read(self, buffer)
    }

    async fn writable(&self) -> io::Result<()> {
        TcpStream::writable(self).await
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        TcpStream::try_write(self, bytes)
    }
}
