//! The client as a module: three functions, and a netcat.

// ANCHOR: use
use std::{io, pin::pin};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, ToSocketAddrs},
};
// ANCHOR_END: use

pub struct Client {
    socket: TcpStream,
}

impl Client {
    pub async fn connect(addr: impl ToSocketAddrs) -> io::Result<Client> {
        let socket = TcpStream::connect(addr).await?;
        Ok(Client { socket })
    }

    pub async fn send(&mut self, message: &[u8]) -> io::Result<Vec<u8>> {
        let mut reply = vec![0; message.len()];
        let (mut from_server, mut to_server) = self.socket.split();
        tokio::try_join!(
            to_server.write_all(message),
            from_server.read_exact(&mut reply),
        )?;
        Ok(reply)
    }

    pub async fn close(mut self) -> io::Result<()> {
        self.socket.shutdown().await
    }

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
}

fn server_has_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
    )
}
