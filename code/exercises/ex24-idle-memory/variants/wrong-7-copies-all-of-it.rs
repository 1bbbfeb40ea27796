//! fails: a_slow_client_keeps_only_what_is_left
//!
//! The memory of an idle client: thousands of them wait, and each holds no
//! more than it needs to wait.

use std::{cell::RefCell, io};

use tokio::{net::TcpStream, task::coop::consume_budget};

/// No read brings more bytes than these.
pub const MOST: usize = 4096;

thread_local! {
    /// The buffer of all clients of this thread.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; MOST]);
}

/// Sends back all that a client sends, until it says no more.
///
/// # Errors
///
/// When the connection breaks.
pub async fn echo<S: Socket>(socket: S) -> io::Result<()> {
    loop {
        socket.readable().await?;
        match pass_on(&socket)? {
            Passed::End => return Ok(()),
            Passed::All => {}
            Passed::AllBut(written, read) => {
                write_all(&socket, &read[written..]).await?;
            }
        }
        // A client that always sends makes us wait for nothing. Others are
        // there, too.
        consume_budget().await;
    }
}

/// What has become of a read.
enum Passed {
    /// It was the end.
    End,
    /// All of it is written, or there was nothing.
    All,
    /// So many of these are written, and there was no room for more.
    AllBut(usize, Vec<u8>),
}

/// Reads and writes once. There is no `.await` in here, so nobody else has the
/// buffer meanwhile. If a part could not be written, all of it is copied.
fn pass_on<S: Socket>(socket: &S) -> io::Result<Passed> {
    BUFFER.with_borrow_mut(|buffer| {
        let read = match socket.try_read(buffer) {
            Ok(0) => return Ok(Passed::End),
            Ok(read) => read,
            Err(error) if is_early(&error) => return Ok(Passed::All),
            Err(error) => return Err(error),
        };
        let written = match socket.try_write(&buffer[..read]) {
            Ok(written) => written,
            Err(error) if is_early(&error) => 0,
            Err(error) => return Err(error),
        };
        Ok(match read - written {
            0 => Passed::All,
            _ => Passed::AllBut(written, buffer[..read].to_vec()),
        })
    })
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
