//! All clients, and what they do when something happens on their sockets.

use std::{collections::VecDeque, net::SocketAddr, time::Instant};

use anyhow::Result;
use mio::{event::Event, net::TcpStream};

use crate::{client::Client, fault::Fault, poller::Poller, tally::Tally};

/// How clients leave, and how they are given up.
mod parting;

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
        let client = match client {
            Ok(client) => Some(client),
            Err(error) => {
                self.tally.fault(error.into());
                None
            }
        };
        self.on_their_way += usize::from(client.is_some());
        self.clients.push(client);
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
}
