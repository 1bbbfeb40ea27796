//! What keeps the speaker from being too far ahead of the slowest member.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use anyhow::Result;
use tokio::sync::Semaphore;

/// So many lines are typed at once.
pub const CHUNK: usize = 32;

/// So many chunks may be on their way. They have fewer lines than any room
/// lets wait for a member.
pub const CHUNKS: u32 = 8;

/// Opens for a chunk when everybody has heard an earlier one.
pub struct Gate {
    members: usize,
    /// How many members have heard each chunk.
    heard: Vec<AtomicUsize>,
    ahead: Semaphore,
}

impl Gate {
    /// A gate for so many chunks, which so many members hear.
    pub fn new(members: usize, chunks: usize) -> Gate {
        let heard = std::iter::repeat_with(AtomicUsize::default);
        Gate {
            members,
            heard: heard.take(chunks).collect(),
            ahead: Semaphore::new(CHUNKS as usize),
        }
    }

    /// Waits until the speaker may say the next chunk.
    pub async fn enter(&self) -> Result<()> {
        self.ahead.acquire().await?.forget();
        Ok(())
    }

    /// A member has heard this line.
    pub fn pass(&self, line: usize) {
        let is_last = line % CHUNK == CHUNK - 1;
        if is_last {
            let before = self.heard[line / CHUNK].fetch_add(1, Relaxed);
            if before + 1 == self.members {
                self.ahead.add_permits(1);
            }
        }
    }

    /// Waits until everybody has heard all that was said.
    pub async fn all_have_passed(&self) -> Result<()> {
        self.ahead.acquire_many(CHUNKS).await?.forget();
        Ok(())
    }
}
