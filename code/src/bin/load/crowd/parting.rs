//! How clients leave, and how they are given up.

use std::{net::Shutdown, time::Instant};

use super::{Crowd, Manner};
use crate::{client::Client, fault::Fault, tally::Tally};

impl Crowd {
    /// Closes the connection of a client who has got what it wanted.
    pub(super) fn leave(&mut self, number: usize, politely: bool) {
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
    pub(super) fn lose(&mut self, number: usize, fault: Fault) {
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
                self.lose(number, Fault::late());
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
