//! Who may come in: so many clients at once, and so many from one address.
//!
//! There are two honest ways to treat one client too many. [`Queue`] lets it
//! wait until there is room. [`Door`] tells it, and sends it away. [`Reserve`]
//! is for the day when there is no room even for that.

use std::{
    collections::HashMap,
    fmt, future,
    io::{self, Write},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};

use crate::{
    conversation::part,
    limits::Limits,
    serve::{Listener, pass_over},
};

// ANCHOR: queue
/// A listener that accepts a client only when there is a place for it. The
/// others wait in the operating system's queue, and know nothing.
#[derive(Debug)]
pub struct Queue<L> {
    listener: L,
    places: Arc<Semaphore>,
}

impl<L: Listener> Listener for Queue<L> {
    type Client = (L::Client, OwnedSemaphorePermit);

    async fn accept(&mut self) -> io::Result<Self::Client> {
        let places = self.places.clone();
        let place = places.acquire_owned().await.expect("never closed");
        Ok((self.listener.accept().await?, place))
    }
}
// ANCHOR_END: queue

impl<L> Queue<L> {
    /// A queue before so many places.
    pub fn new(listener: L, places: u32) -> Queue<L> {
        let places = Arc::new(Semaphore::new(places as usize));
        Queue { listener, places }
    }
}

/// Lets in so many clients, and tells the others why it does not.
#[derive(Debug)]
pub struct Door {
    places: Arc<Semaphore>,
    guests: Arc<Guests>,
    /// Room for those who are being told.
    doorstep: Semaphore,
}

/// Somebody's place. It is given back when this is dropped.
#[derive(Debug)]
pub struct Place {
    _place: OwnedSemaphorePermit,
    guests: Arc<Guests>,
    network: IpAddr,
}

/// How many clients may stand on the doorstep, each with a file, for as long
/// as it takes to tell them. Who comes then is sent away without a word.
pub(crate) const DOORSTEP: usize = 200;

impl Door {
    /// A door to so many places.
    pub fn new(limits: &Limits) -> Door {
        let guests = Guests {
            most: limits.per_address.get() as usize,
            there: Mutex::default(),
        };
        Door {
            places: Arc::new(Semaphore::new(limits.clients.get() as usize)),
            guests: Arc::new(guests),
            doorstep: Semaphore::new(DOORSTEP),
        }
    }

    /// A place for a client from this address, or why there is none.
    // ANCHOR: admit
    pub fn admit(&self, peer: SocketAddr) -> Result<Place, Refusal> {
        let places = self.places.clone();
        let place = places.try_acquire_owned().map_err(|_| Refusal::Full)?;
        let network = network(peer.ip());
        if !self.guests.come(network) {
            return Err(Refusal::Crowd);
        }
        let guests = self.guests.clone();
        Ok(Place {
            _place: place,
            guests,
            network,
        })
    }
    // ANCHOR_END: admit

    /// Tells a client why, if there is room on the doorstep.
    pub async fn refuse(&self, socket: &mut TcpStream, why: &Refusal) {
        let word = format!("{why}\n");
        self.refuse_by(part(socket, word.as_bytes())).await;
    }

    /// Lets a client be told in the program's own way, if there is room on the
    /// doorstep.
    pub async fn refuse_by(&self, telling: impl Future<Output = ()>) {
        if let Ok(_room) = self.doorstep.try_acquire() {
            telling.await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.guests.leave(self.network);
    }
}

/// Why a client was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// All places are taken.
    Full,
    /// All places for one address are taken.
    Crowd,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Full => "all places are taken",
            Refusal::Crowd => "too many from your address",
        })
    }
}

/// The clients of each network that has any.
#[derive(Debug)]
struct Guests {
    most: usize,
    there: Mutex<HashMap<IpAddr, usize>>,
}

impl Guests {
    // ANCHOR: guests
    /// Counts a client, unless there are as many as there may be.
    fn come(&self, network: IpAddr) -> bool {
        let mut there = self.there();
        let count = there.entry(network).or_default();
        let may_come = *count < self.most;
        *count += usize::from(may_come);
        may_come
    }

    /// Counts it no more. Who has no client left is forgotten, or strangers
    /// could fill the memory with their addresses.
    fn leave(&self, network: IpAddr) {
        let mut there = self.there();
        if let Some(count) = there.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                there.remove(&network);
            }
        }
    }
    // ANCHOR_END: guests

    /// Nothing in here can panic half way, so a poisoned lock is as good.
    fn there(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.there.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What counts as one address. Whoever has one of IPv6 has the 2⁶⁴ that share
/// its first half; and one of IPv4 may come in the clothes of IPv6.
// ANCHOR: network
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let half = address.to_bits() >> 64 << 64;
            Ipv6Addr::from_bits(half).into()
        }
    }
}
// ANCHOR_END: network

/// A listener that keeps one file in reserve. When the program may open no
/// more, it gives that one up for a moment, to tell a client so.
#[derive(Debug)]
pub struct Reserve {
    listener: TcpListener,
    spare: Option<TcpSocket>,
}

impl Listener for Reserve {
    type Client = (TcpStream, SocketAddr);

    async fn accept(&mut self) -> io::Result<Self::Client> {
        loop {
            let error = match self.listener.accept().await {
                Ok(client) => return Ok(client),
                Err(error) => error,
            };
            if !(is_shortage(&error) && self.turn_one_away().await) {
                pass_over(error).await?;
            }
        }
    }
}

impl Reserve {
    /// A listener with a file in reserve.
    ///
    /// # Errors
    ///
    /// When there is no file to keep.
    pub fn new(listener: TcpListener) -> io::Result<Reserve> {
        let spare = Some(TcpSocket::new_v4()?);
        Ok(Reserve { listener, spare })
    }

    /// Turns away the client who waits, if there is one. Returns whether the
    /// reserve is there again: another thread may have taken the file.
    ///
    /// It does not wait for a client. The next may come when there is room.
    // ANCHOR: turn_one_away
    async fn turn_one_away(&mut self) -> bool {
        self.spare = None;
        let accepted =
            future::poll_fn(|cx| Poll::Ready(self.listener.poll_accept(cx)));
        if let Poll::Ready(Ok((socket, _))) = accepted.await {
            // There is always room for a first word, so this does not wait.
            let socket = socket.into_std();
            let _ = socket.and_then(|mut one| one.write(b"no room\n"));
        }
        self.spare = TcpSocket::new_v4().ok();
        self.spare.is_some()
    }
    // ANCHOR_END: turn_one_away
}

/// Whether an error says that there is no file for a client.
#[cfg(unix)]
fn is_shortage(error: &io::Error) -> bool {
    use nix::libc::{EMFILE, ENFILE};
    matches!(error.raw_os_error(), Some(EMFILE | ENFILE))
}

/// Other systems do not run out of them so easily.
#[cfg(not(unix))]
fn is_shortage(_: &io::Error) -> bool {
    false
}

#[cfg(test)]
mod tests;
