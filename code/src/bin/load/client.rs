//! One client: its socket, how much it has sent and got back, and since when
//! its messages are waited for.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, Read, Write},
    time::Instant,
};

use mio::{Interest, Registry, Token, net::TcpStream};

use crate::{fault::Fault, pattern::Pattern, tally::Tally};

/// A client of the server.
pub struct Client {
    pub socket: TcpStream,
    number: usize,
    pattern: Pattern,
    /// The bytes of a message.
    size: u64,
    pub is_open: bool,
    /// The system takes no more bytes at the moment.
    is_full: bool,
    /// Since when each unanswered message is waited for.
    pub asked: VecDeque<Instant>,
    /// So many bytes are to be sent, were sent, and have come back.
    wanted: u64,
    sent: u64,
    received: u64,
}

impl Client {
    /// A client whose connection is on its way, watched under its number.
    ///
    /// # Errors
    ///
    /// When there is no file or no port left for it.
    pub fn new(
        mut socket: TcpStream,
        number: usize,
        size: u32,
        registry: &Registry,
    ) -> io::Result<Client> {
        let interests = Interest::READABLE | Interest::WRITABLE;
        registry.register(&mut socket, Token(number), interests)?;
        Ok(Client {
            socket,
            number,
            pattern: Pattern::new(number),
            size: size.into(),
            is_open: false,
            is_full: false,
            asked: VecDeque::new(),
            wanted: 0,
            sent: 0,
            received: 0,
        })
    }

    /// Whether the connection has come about by now.
    ///
    /// # Errors
    ///
    /// Why it never will.
    pub fn opens(&mut self) -> io::Result<bool> {
        if let Some(error) = self.socket.take_error()? {
            return Err(error);
        }
        match self.socket.peer_addr() {
            Ok(_) => self.socket.set_nodelay(true)?,
            Err(error) if error.kind() == ErrorKind::NotConnected => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
        self.is_open = true;
        Ok(true)
    }

    /// One more message is to be sent, whose time counts from `when`.
    pub fn ask(&mut self, when: Instant) {
        self.asked.push_back(when);
        self.wanted += self.size;
    }

    /// The system has said that there is room again.
    pub fn has_room(&mut self) {
        self.is_full = false;
    }

    /// Sends what is to be sent, as far as the system takes it.
    ///
    /// # Errors
    ///
    /// When the connection is broken.
    pub fn send(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        while self.sent < self.wanted && !self.is_full {
            let left = self.wanted - self.sent;
            let count = left.min(buffer.len() as u64) as usize;
            let bytes = &mut buffer[..count];
            self.pattern.fill(self.sent, bytes);
            match self.socket.write(bytes) {
                Ok(count) => self.sent += count as u64,
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => self.is_full = true,
                    ErrorKind::Interrupted => {}
                    _ => return Err(error),
                },
            }
        }
        Ok(())
    }

    /// Reads what has come, and returns how many messages that answers.
    ///
    /// A read that does not fill the buffer has emptied the socket, and the
    /// system tells when more comes. That saves the read that finds nothing.
    /// Only the end of the connection may hide behind it: `to_the_end` reads
    /// on in any case.
    ///
    /// # Errors
    ///
    /// When a byte is wrong, or the connection has ended.
    pub fn receive(
        &mut self,
        buffer: &mut [u8],
        to_the_end: bool,
        tally: &mut Tally,
    ) -> Result<usize, Fault> {
        let mut answered = 0;
        while let Some(count) = self.read(buffer)? {
            let now = Instant::now();
            self.check(&buffer[..count])?;
            self.received += count as u64;
            answered += self.settle(now, tally);
            if count < buffer.len() && !to_the_end {
                break;
            }
        }
        Ok(answered)
    }

    /// Reads once; nothing, if nothing has come.
    fn read(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Fault> {
        loop {
            match self.socket.read(buffer) {
                Ok(0) => return Err(Fault::closed()),
                Ok(count) => return Ok(Some(count)),
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock => return Ok(None),
                    ErrorKind::Interrupted => {}
                    _ => return Err(error.into()),
                },
            }
        }
    }

    /// Counts the messages that have been answered to their ends.
    fn settle(&mut self, now: Instant, tally: &mut Tally) -> usize {
        let waiting = self.asked.len();
        while let Some(&asked) = self.asked.front() {
            let later = (self.asked.len() - 1) as u64 * self.size;
            if self.received + later < self.wanted {
                break;
            }
            self.asked.pop_front();
            tally.echo(asked, now);
        }
        waiting - self.asked.len()
    }

    /// Compares what has come with what was sent, and is not back yet.
    fn check(&self, bytes: &[u8]) -> Result<(), Fault> {
        let missing = (self.sent - self.received) as usize;
        let (expected, more) = bytes.split_at(bytes.len().min(missing));
        if let Some(place) = self.pattern.differs(self.received, expected) {
            return Err(Fault::Wrong(self.other_byte(place, bytes[place])));
        }
        match more.len() {
            0 => Ok(()),
            more => Err(Fault::Wrong(format!(
                "client {} has got {more} bytes that it had not sent",
                self.number,
            ))),
        }
    }

    fn other_byte(&self, place: usize, byte: u8) -> String {
        let at = self.received + place as u64;
        let mut sent = [0];
        self.pattern.fill(at, &mut sent);
        let (number, sent) = (self.number, sent[0]);
        let (message, at) = (at / self.size, at % self.size);
        format!(
            "client {number} has got the byte {byte:#04x} in place of \
             {sent:#04x}, as byte {at} of its message {message}"
        )
    }
}
