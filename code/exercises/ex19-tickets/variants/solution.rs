//! A ticket office: a task owns the seats of a hall, and everybody else has to
//! ask it.

use std::{collections::BTreeSet, mem};

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
    Sell(usize, oneshot::Sender<Result<Sale, Trouble>>),
    GiveBack(Vec<u32>, oneshot::Sender<()>),
    Left(oneshot::Sender<usize>),
}

/// An office with the seats from 1 to `seats`, and the task that is the office,
/// which has to be run. It ends when nobody is left who could ask.
pub fn open(seats: u32) -> (Office, impl Future<Output = ()> + Send + 'static) {
    let (sender, mut requests) = mpsc::channel(REQUESTS);
    let mut hall = Hall::new(seats);
    let keeper = async move {
        while let Some(request) = requests.recv().await {
            hall.answer(request);
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
        let sale = self.ask(|answer| Request::Sell(n, answer)).await??;
        Ok(sale.arrive())
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
        let seats = seats.to_vec();
        self.ask(|answer| Request::GiveBack(seats, answer)).await
    }

    /// How many seats are free.
    ///
    /// # Errors
    ///
    /// When there is no office any more.
    pub async fn left(&self) -> Result<usize, Trouble> {
        self.ask(Request::Left).await
    }

    /// Sends a request, and waits for the answer.
    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> Request,
    ) -> Result<T, Trouble> {
        let (answer, answered) = oneshot::channel();
        let sent = self.requests.send(request(answer)).await;
        sent.map_err(|_| Trouble::Closed)?;
        answered.await.map_err(|_| Trouble::Closed)
    }
}

/// Seats on their way to a buyer. Wherever they are dropped before they arrive,
/// they go back.
#[derive(Debug)]
struct Sale {
    seats: Vec<u32>,
    way_back: mpsc::UnboundedSender<Vec<u32>>,
}

impl Sale {
    fn arrive(mut self) -> Vec<u32> {
        mem::take(&mut self.seats)
    }
}

impl Drop for Sale {
    fn drop(&mut self) {
        let seats = mem::take(&mut self.seats);
        if !seats.is_empty() {
            // If the office is gone, nobody needs them.
            let _ = self.way_back.send(seats);
        }
    }
}

/// What the task owns.
struct Hall {
    free: BTreeSet<u32>,
    seats: u32,
    /// Seats of buyers who have gone. It needs no bound: there are never more
    /// in it than the hall has.
    returned: mpsc::UnboundedReceiver<Vec<u32>>,
    way_back: mpsc::UnboundedSender<Vec<u32>>,
}

impl Hall {
    fn new(seats: u32) -> Hall {
        let (way_back, returned) = mpsc::unbounded_channel();
        Hall {
            free: (1..=seats).collect(),
            seats,
            returned,
            way_back,
        }
    }

    /// Does what is asked, and answers. An answer that nobody waits for is
    /// dropped, and a sale with it.
    fn answer(&mut self, request: Request) {
        while let Ok(seats) = self.returned.try_recv() {
            self.give_back(seats);
        }
        match request {
            Request::Sell(n, answer) => {
                let _ = answer.send(self.sell(n));
            }
            Request::GiveBack(seats, answer) => {
                self.give_back(seats);
                let _ = answer.send(());
            }
            Request::Left(answer) => {
                let _ = answer.send(self.free.len());
            }
        }
    }

    fn sell(&mut self, n: usize) -> Result<Sale, Trouble> {
        if n > self.free.len() {
            return Err(Trouble::SoldOut);
        }
        let lowest = (0..n).map_while(|_| self.free.pop_first());
        Ok(Sale {
            seats: lowest.collect(),
            way_back: self.way_back.clone(),
        })
    }

    fn give_back(&mut self, seats: Vec<u32>) {
        let are_ours = |seat: &u32| (1..=self.seats).contains(seat);
        self.free.extend(seats.into_iter().filter(are_ours));
    }
}
