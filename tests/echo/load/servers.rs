use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
    sync::Mutex,
    task::{JoinHandle, JoinSet},
    time::sleep,
};

/// How long a server stands still, once. No other delay is as long.
pub const STALL: Duration = Duration::from_secs(2);

/// A server inside the test. It ends when it is dropped.
pub struct Fake {
    pub addr: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Fake {
    /// A server that does this with each client; they are counted from 0.
    pub async fn start<F>(
        answer: impl Fn(TcpStream, usize) -> F + Send + 'static,
    ) -> Fake
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let accepting = tokio::spawn(async move {
            let mut clients = JoinSet::new();
            for number in 0.. {
                let (socket, _) = listener.accept().await.unwrap();
                socket.set_nodelay(true).unwrap();
                clients.spawn(answer(socket, number));
            }
        });
        Fake { addr, accepting }
    }

    /// A server that echoes, and changes what has come from a place on.
    pub async fn altering(
        alter: impl Fn(u64, &mut Vec<u8>) + Clone + Send + 'static,
    ) -> Fake {
        Fake::start(move |socket, _| altered(socket, alter.clone())).await
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// All that comes, to its end.
pub async fn echo(mut socket: TcpStream) -> io::Result<()> {
    let (mut reader, mut writer) = socket.split();
    copy(&mut reader, &mut writer).await?;
    Ok(())
}

/// The same, and each byte by itself.
pub async fn byte_by_byte(mut socket: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1000];
    loop {
        let count = socket.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        for byte in &buffer[..count] {
            socket.write_all(std::slice::from_ref(byte)).await?;
        }
    }
}

async fn altered(
    mut socket: TcpStream,
    alter: impl Fn(u64, &mut Vec<u8>),
) -> io::Result<()> {
    let mut at = 0;
    loop {
        let mut bytes = vec![0; 10_000];
        let count = socket.read(&mut bytes).await?;
        if count == 0 {
            return Ok(());
        }
        bytes.truncate(count);
        alter(at, &mut bytes);
        at += count as u64;
        socket.write_all(&bytes).await?;
    }
}

/// The index of that place of the stream among the bytes from `at` on.
pub fn index(place: u64, at: u64, bytes: &[u8]) -> Option<usize> {
    let index = place.checked_sub(at)? as usize;
    (index < bytes.len()).then_some(index)
}

/// Echoes so many bytes, stands still for a while, and goes on.
pub async fn stalls_after(bytes: u64, socket: TcpStream) -> io::Result<()> {
    let mut socket = socket;
    let (reader, mut writer) = socket.split();
    let mut first = reader.take(bytes);
    copy(&mut first, &mut writer).await?;
    sleep(STALL).await;
    copy(&mut first.into_inner(), &mut writer).await?;
    Ok(())
}

/// Echoes so many bytes, and closes the connection.
pub async fn closes_after(bytes: u64, socket: TcpStream) -> io::Result<()> {
    let mut socket = socket;
    let (reader, mut writer) = socket.split();
    copy(&mut reader.take(bytes), &mut writer).await?;
    Ok(())
}

/// Reads, and never answers.
pub async fn silent(mut socket: TcpStream) -> io::Result<()> {
    copy(&mut socket, &mut tokio::io::sink()).await?;
    Ok(())
}

/// Sends more and more, whatever comes.
pub async fn flood(socket: TcpStream) -> io::Result<()> {
    let mut socket = socket;
    loop {
        socket.write_all(&[0; 10_000]).await?;
    }
}

/// Neither reads nor answers, nor closes.
pub async fn deaf(socket: TcpStream) -> io::Result<()> {
    let _socket = socket;
    std::future::pending().await
}

/// Clients who have come alone, until another one comes.
pub type Alone = Arc<Mutex<Option<TcpStream>>>;

/// Has two clients each get what the other sends.
pub async fn crossed(mut socket: TcpStream, alone: Alone) -> io::Result<()> {
    let mut place = alone.lock().await;
    let Some(mut other) = place.take() else {
        *place = Some(socket);
        return Ok(());
    };
    drop(place);
    tokio::io::copy_bidirectional(&mut socket, &mut other).await?;
    Ok(())
}
