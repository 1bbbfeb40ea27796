//! fails: parts_of_tokens_add_up
//!
//! So many bytes a second: who sends more is read no faster.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, sleep},
};

/// Sends back what the client sends, until it leaves. The client may send
/// `rate` bytes a second on average, and `burst` at once after a rest. Both are
/// at least 1. Of a client that sends more, no more is read.
///
/// # Errors
///
/// When the connection breaks.
pub async fn talk<S>(mut stream: S, rate: u32, burst: u32) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut bucket = Bucket::new(rate, burst);
    let mut buffer = [0; 1024];
    loop {
        let most = bucket.wait().await.min(buffer.len());
        let length = stream.read(&mut buffer[..most]).await?;
        if length == 0 {
            return Ok(());
        }
        bucket.pay(length);
        stream.write_all(&buffer[..length]).await?;
    }
}

/// So many parts has a token. A nanosecond brings as many parts as a second
/// brings tokens, so nothing has to be rounded.
const PARTS: u128 = 1_000_000_000;

/// The tokens of one client.
struct Bucket {
    rate: u128,
    /// What fits in, in parts of a token.
    most: u128,
    /// What is in, in parts of a token.
    parts: u128,
    /// When that was counted.
    counted: Instant,
}

impl Bucket {
    /// A full one.
    fn new(rate: u32, burst: u32) -> Bucket {
        let most = u128::from(burst) * PARTS;
        Bucket {
            rate: rate.into(),
            most,
            parts: most,
            counted: Instant::now(),
        }
    }

    /// Puts in what has come since the last time.
    fn fill(&mut self) {
        let now = Instant::now();
        let passed = now - self.counted;
        let come = passed.as_nanos() * self.rate / PARTS * PARTS;
        self.parts = (self.parts + come).min(self.most);
        self.counted = now;
    }

    /// Waits until there is a token, and returns how many there are.
    async fn wait(&mut self) -> usize {
        loop {
            self.fill();
            if self.parts >= PARTS {
                // Not more than `burst`, which was 32 bits.
                return (self.parts / PARTS) as usize;
            }
            let nanos = (PARTS - self.parts).div_ceil(self.rate);
            // Not more than a second, for one token.
            sleep(Duration::from_nanos(nanos as u64)).await;
        }
    }

    /// Takes out a token for each byte. More may have come since
    /// [`Bucket::wait`], but not more than fits in.
    fn pay(&mut self, bytes: usize) {
        self.fill();
        self.parts -= bytes as u128 * PARTS;
    }
}
