//! The client: the other end of the wire.
//!
//! [`Client::send`] speaks to an echo server, one message and one reply at a
//! time. [`Client::relay`] speaks to anything: it is a small netcat, which
//! `cargo run --bin client` puts between the terminal and the server.

use std::{io, pin::pin};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, ToSocketAddrs},
};

// ANCHOR: client
/// A connection to an echo server. Dropping it closes the connection.
#[derive(Debug)]
pub struct Client {
    pub(crate) socket: TcpStream,
}
// ANCHOR_END: client

impl Client {
    /// Connects to the server at `addr`.
    ///
    /// # Errors
    ///
    /// When nobody listens there, or the address cannot be resolved.
    // ANCHOR: connect
    pub async fn connect(addr: impl ToSocketAddrs) -> io::Result<Client> {
        let socket = TcpStream::connect(addr).await?;
        Ok(Client { socket })
    }
    // ANCHOR_END: connect

    /// Sends `message`, and returns the server's reply: as many bytes as were
    /// sent.
    ///
    /// There is no limit to the time it takes. A server that stops answering
    /// holds the caller for as long as it likes.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::UnexpectedEof`] when the server closes the connection
    /// before it has sent the whole reply; any other error of the socket.
    /// After an error the connection is of no further use.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: a part of the message may have been sent, and a part
    /// of the reply read.
    // ANCHOR: send
    pub async fn send(&mut self, message: &[u8]) -> io::Result<Vec<u8>> {
        let mut reply = vec![0; message.len()];
        let (mut from_server, mut to_server) = self.socket.split();
        tokio::try_join!(
            to_server.write_all(message),
            from_server.read_exact(&mut reply),
        )?;
        Ok(reply)
    }
    // ANCHOR_END: send

    /// Closes the connection.
    ///
    /// # Errors
    ///
    /// An error of the socket. That the connection is broken already is none.
    // ANCHOR: close
    pub async fn close(mut self) -> io::Result<()> {
        self.socket.shutdown().await
    }
    // ANCHOR_END: close

    /// Sends what comes from `input`, and writes what the server sends to
    /// `output`, until the server closes the connection.
    ///
    /// At the end of `input` the sending half of the connection is closed, and
    /// what the server still has to say is written out. When the server closes
    /// first, the rest of `input` is not read.
    ///
    /// # Errors
    ///
    /// An error of `input` or `output`, or a connection that breaks before the
    /// server has closed it.
    ///
    /// # Cancel safety
    ///
    /// Not cancel safe: bytes already read may not have been passed on.
    // ANCHOR: relay
    pub async fn relay(
        mut self,
        mut input: impl AsyncRead + Unpin,
        mut output: impl AsyncWrite + Unpin,
    ) -> io::Result<()> {
        let (mut from_server, mut to_server) = self.socket.split();
        let sending = async {
            tokio::io::copy(&mut input, &mut to_server).await?;
            to_server.shutdown().await
        };
        let copying = tokio::io::copy(&mut from_server, &mut output);
        let mut receiving = pin!(copying);

        tokio::select! {
            received = &mut receiving => return received.map(drop),
            sent = sending => match sent {
                Err(error) if !server_has_gone(&error) => return Err(error),
                _ => {}
            },
        }
        receiving.await.map(drop)
    }
    // ANCHOR_END: relay
}

/// Whether an error of sending says that nobody receives any more. What the
/// server sent before it went can still be read.
// ANCHOR: server_has_gone
pub(crate) fn server_has_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
    )
}
// ANCHOR_END: server_has_gone
