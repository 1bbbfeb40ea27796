//! fails: who_goes_before_the_office_looks_buys_nothing
//!
//! A ticket office: a task owns the seats of a hall, and everybody else has to
//! ask it.

use std::collections::BTreeSet;

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
    Sell(usize, oneshot::Sender<Result<Vec<u32>, Trouble>>),
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
        self.ask(|answer| Request::Sell(n, answer)).await?
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

/// What the task owns.
struct Hall {
    free: BTreeSet<u32>,
    seats: u32,
}

impl Hall {
    fn new(seats: u32) -> Hall {
        Hall {
            free: (1..=seats).collect(),
            seats,
        }
    }

    /// Does what is asked, and answers.
    fn answer(&mut self, request: Request) {
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

    fn sell(&mut self, n: usize) -> Result<Vec<u32>, Trouble> {
        if n > self.free.len() {
            return Err(Trouble::SoldOut);
        }
        Ok((0..n).map_while(|_| self.free.pop_first()).collect())
    }

    fn give_back(&mut self, seats: Vec<u32>) {
        let are_ours = |seat: &u32| (1..=self.seats).contains(seat);
        self.free.extend(seats.into_iter().filter(are_ours));
    }
}
