//! A ticket office: a task owns the seats of a hall, and everybody else has to
//! ask it.

use tokio::sync::{mpsc, oneshot};

/// So many requests may wait for the office. Who comes then waits itself.
pub const REQUESTS: usize = 16;

/// A way to the office. Any number of tasks may have one.
#[derive(Debug, Clone)]
pub struct Office {
    requests: mpsc::Sender<Request>,
}

/// Why nothing was sold or given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// There are not so many seats left.
    SoldOut,
    /// There is no office any more.
    Closed,
}

/// What can be asked of the office.
#[derive(Debug)]
enum Request {
    Left(oneshot::Sender<usize>),
}

/// An office with the seats from 1 to `seats`, and the task that is the office,
/// which has to be run. It ends when nobody is left who could ask.
pub fn open(seats: u32) -> (Office, impl Future<Output = ()> + Send + 'static) {
    let (sender, mut requests) = mpsc::channel(REQUESTS);
    let keeper = async move {
        while let Some(request) = requests.recv().await {
            match request {
                Request::Left(answer) => {
                    let _ = answer.send(seats as usize);
                }
            }
        }
    };
    (Office { requests: sender }, keeper)
}

impl Office {
    /// Sells the `n` lowest free seats, or none.
    ///
    /// # Errors
    ///
    /// When there are fewer, or there is no office any more.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, nothing was sold.
    pub async fn sell(&self, n: usize) -> Result<Vec<u32>, Trouble> {
        // TODO: ask the office, and lose no seat if nobody waits any more.
        let _ = n; // Remove this line.
        Err(Trouble::SoldOut)
    }

    /// Gives seats back, if they were sold. When it returns, they can be sold
    /// again.
    ///
    /// # Errors
    ///
    /// When there is no office any more.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped before it is ready, either all of them were
    /// given back or none.
    pub async fn give_back(&self, seats: &[u32]) -> Result<(), Trouble> {
        // TODO: ask the office for this, too.
        let _ = seats; // Remove this line.
        Ok(())
    }

    /// How many seats are free.
    ///
    /// # Errors
    ///
    /// When there is no office any more.
    pub async fn left(&self) -> Result<usize, Trouble> {
        let (answer, answered) = oneshot::channel();
        let sent = self.requests.send(Request::Left(answer)).await;
        sent.map_err(|_| Trouble::Closed)?;
        answered.await.map_err(|_| Trouble::Closed)
    }
}
