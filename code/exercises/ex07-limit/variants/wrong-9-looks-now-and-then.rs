//! fails: the_next_one_does_not_wait_for_somebody_to_look
//!
//! No more than so many: the server serves a limited number of clients at
//! once, and lets the others wait.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};

/// Counts the clients that are there.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// Serves at most `most` clients at the same time. The others wait in the
/// queue until one leaves.
///
/// # Errors
///
/// When no more clients can be accepted.
pub async fn serve(listener: TcpListener, most: usize) -> io::Result<()> {
    let taken = Arc::new(AtomicUsize::new(0));
    loop {
        while taken.load(SeqCst) >= most {
            sleep(Duration::from_millis(50)).await;
        }
        let (socket, _) = listener.accept().await?;
        taken.fetch_add(1, SeqCst);
        let place = Place(taken.clone());
        tokio::spawn(async move {
            let _place = place;
            echo(socket).await
        });
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
