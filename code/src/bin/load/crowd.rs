//! All clients, and what they do when something happens on their sockets.

use std::{
    collections::VecDeque,
    io,
    net::{Shutdown, SocketAddr},
    time::Instant,
};

use anyhow::Result;
use mio::{event::Event, net::TcpStream};

use crate::{
    client::{Client, Fault},
    poller::Poller,
    tally::Tally,
};

/// What is read or written at once, in bytes. All clients share the place.
const BUFFER: usize = 64 * 1024;

/// What clients do when they are open, and when they are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// They say nothing of themselves.
    Wait,
    /// For each answer they send one more message.
    Repeat,
    /// They send one message when they are open, and leave when it is back.
    /// Those from this number on break off their connection.
    Visit { polite: usize },
    /// They have said all. It is no loss when the server ends the connection.
    Part,
}

/// Clients by their number. Who has left or was lost has left a gap.
pub struct Crowd {
    server: SocketAddr,
    /// The bytes of a message.
    size: u32,
    clients: Vec<Option<Client>>,
    /// Those who send in turn, once they were asked for the first time.
    turns: VecDeque<usize>,
    pub manner: Manner,
    /// So many connections are on their way, and so many are open.
    pub on_their_way: usize,
    pub open: usize,
    /// So many have got what they came for.
    pub served: u64,
    buffer: Box<[u8]>,
    pub tally: Tally,
}

impl Crowd {
    /// Nobody, so far.
    ///
    /// # Errors
    ///
    /// None that is expected.
    pub fn new(server: SocketAddr, size: u32, manner: Manner) -> Result<Crowd> {
        Ok(Crowd {
            server,
            size,
            clients: Vec::new(),
            turns: VecDeque::new(),
            manner,
            on_their_way: 0,
            open: 0,
            served: 0,
            buffer: vec![0; BUFFER].into(),
            tally: Tally::new()?,
        })
    }

    /// How many have come, or are about to, and have not gone.
    pub fn there(&self) -> usize {
        self.on_their_way + self.open
    }

    /// How many have been started, whatever has become of them.
    pub fn started(&self) -> usize {
        self.clients.len()
    }

    /// One more connects, and is open later.
    pub fn connect(&mut self, poller: &Poller) {
        let number = self.clients.len();
        let client = TcpStream::connect(self.server).and_then(|socket| {
            Client::new(socket, number, self.size, poller.poll.registry())
        });
        match client {
            Ok(_) => self.on_their_way += 1,
            Err(ref error) => self.tally.fault(no_port(error).into()),
        }
        self.clients.push(client.ok());
    }

    /// Has each open client send so many messages.
    pub fn ask_all(&mut self, messages: u32) {
        for number in 0..self.clients.len() {
            self.ask(number, messages as usize, Instant::now());
        }
    }

    /// Has the next client in turn send a message, which is waited for since
    /// `when`.
    pub fn ask_next(&mut self, when: Instant) {
        if self.turns.is_empty() {
            self.turns.extend(0..self.clients.len());
        }
        while let Some(number) = self.turns.pop_front() {
            if self.clients[number].is_some() {
                self.turns.push_back(number);
                return self.ask(number, 1, when);
            }
        }
    }

    fn ask(&mut self, number: usize, messages: usize, when: Instant) {
        let Some(client) = &mut self.clients[number] else {
            return;
        };
        for _ in 0..messages {
            client.ask(when);
        }
        self.tally.pending += messages as u64;
        if let Err(error) = client.send(&mut self.buffer) {
            self.lose(number, error.into());
        }
    }

    /// Does what is to be done about an event.
    pub fn attend(&mut self, event: &Event) {
        let number = event.token().0;
        if let Err(fault) = self.serve(number, event) {
            self.lose(number, fault);
        }
    }

    fn serve(&mut self, number: usize, event: &Event) -> Result<(), Fault> {
        let Some(client) = &mut self.clients[number] else {
            return Ok(());
        };
        let fresh = !client.is_open;
        if fresh {
            if !client.opens()? {
                return Ok(());
            }
            self.on_their_way -= 1;
            self.open += 1;
        }
        if event.is_writable() {
            client.has_room();
        }
        let ended = event.is_read_closed() || event.is_error();
        let (buffer, tally) = (&mut self.buffer, &mut self.tally);
        let answered = client.receive(buffer, ended, tally)?;
        self.go_on(number, fresh, answered);
        Ok(())
    }

    /// What a client does that is open now, or has got so many answers.
    fn go_on(&mut self, number: usize, fresh: bool, answered: usize) {
        let now = Instant::now();
        match self.manner {
            Manner::Visit { .. } if fresh => self.ask(number, 1, now),
            Manner::Visit { polite } if answered > 0 => {
                self.leave(number, number < polite);
            }
            Manner::Repeat => self.ask(number, answered, now),
            // There may be room for what was kept back.
            _ => self.ask(number, 0, now),
        }
    }

    /// Closes the connection of a client who has got what it wanted.
    fn leave(&mut self, number: usize, politely: bool) {
        let client = self.clients[number].take();
        if let Some(client) = client
            && !politely
        {
            // It closes all the same if this fails, and costs a port.
            let _ = break_off(&client);
        }
        self.open -= 1;
        self.served += 1;
    }

    /// Gives up a client, and what it waits for.
    fn lose(&mut self, number: usize, fault: Fault) {
        let Some(mut client) = self.clients[number].take() else {
            return;
        };
        match client.is_open {
            true => self.open -= 1,
            false => self.on_their_way -= 1,
        }
        give_up(&mut client, &mut self.tally);
        let parted = self.manner == Manner::Part;
        if !parted || matches!(fault, Fault::Wrong(_)) {
            self.tally.fault(fault);
        }
    }

    /// Gives up those that took too long: all, or those that are not open yet.
    pub fn call_off(&mut self, even_open: bool) {
        for number in 0..self.clients.len() {
            let client = self.clients[number].as_ref();
            if client.is_some_and(|client| even_open || !client.is_open) {
                let late = io::Error::from(io::ErrorKind::TimedOut);
                self.lose(number, late.into());
            }
        }
    }

    /// Nobody waits for a message any more, and nobody sends one.
    pub fn part(&mut self) {
        self.manner = Manner::Part;
        for client in self.clients.iter_mut().flatten() {
            give_up(client, &mut self.tally);
            // Where this fails the server has already closed.
            let _ = client.socket.shutdown(Shutdown::Write);
        }
    }
}

fn give_up(client: &mut Client, tally: &mut Tally) {
    let now = Instant::now();
    for asked in client.asked.drain(..) {
        tally.pending -= 1;
        tally.give_up(asked, now, 1);
    }
}

/// Has the system forget the connection at once. Else it keeps the port of who
/// closes first for a minute.
fn break_off(client: &Client) -> nix::Result<()> {
    use nix::sys::socket::{setsockopt, sockopt::Linger};

    let at_once = nix::libc::linger {
        l_onoff: 1,
        l_linger: 0,
    };
    setsockopt(&client.socket, Linger, &at_once)
}

/// Says what the system means by an address that is not available.
fn no_port(error: &io::Error) -> io::Error {
    match error.kind() {
        kind @ io::ErrorKind::AddrNotAvailable => {
            io::Error::new(kind, "this system has no port left")
        }
        kind => io::Error::new(kind, error.to_string()),
    }
}
