//! What the programs of a session print, as it comes, and what a reader who
//! plays it types.

use std::{
    collections::VecDeque,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    time::{Duration, Instant},
};

use crate::session::{live::Input, port::Ports, terminal::Event};

/// How much may wait to be listened to. Whoever prints more than is listened
/// to waits, and fills no memory.
const WAITING: usize = 1000;

/// Something that a session has to know of.
#[derive(Debug)]
pub enum Happened {
    /// It happened in a terminal.
    In(Event),
    /// A reader has asked for it.
    Asked(Input),
}

/// Both ends of what tells a session of what happens.
pub type Channel = (SyncSender<Happened>, Receiver<Happened>);

/// A way to tell a session of what happens.
pub fn channel() -> Channel {
    sync_channel(WAITING)
}

/// All that has been printed in all terminals.
#[derive(Debug)]
pub struct Printed<'a> {
    happened: Channel,
    prompts: &'a [String],
    /// The session's ports.
    pub ports: Ports,
    /// Lines that have not yet been compared, with the names of their
    /// terminals.
    pub lines: Vec<(String, String)>,
    /// Terminals whose programs have ended.
    pub ended: Vec<String>,
    /// Everything that happened, for the report.
    pub history: Vec<(String, String)>,
    /// What a reader has asked for and nobody has done yet.
    pub asked: VecDeque<Input>,
    /// What was printed in the terminal without a name: it is no part of the
    /// session.
    pub aside: Vec<String>,
}

impl<'a> Printed<'a> {
    /// Nothing yet. The prompts are no part of a line.
    pub fn new(
        prompts: &'a [String],
        ports: Ports,
        happened: Channel,
    ) -> Printed<'a> {
        Printed {
            happened,
            prompts,
            ports,
            lines: Vec::new(),
            ended: Vec::new(),
            history: Vec::new(),
            asked: VecDeque::new(),
            aside: Vec::new(),
        }
    }

    /// What a terminal tells of what happens in it.
    pub fn listener(&self) -> impl Fn(Event) + Send + 'static {
        let happened = self.happened.0.clone();
        move |event| {
            // The session may have failed, and nobody be listening any more.
            let _ = happened.send(Happened::In(event));
        }
    }

    /// The first line of a terminal that has not been compared.
    pub fn next(&mut self, terminal: &str) -> Option<String> {
        let next = self.lines.iter().position(|(from, _)| from == terminal);
        next.map(|next| self.lines.remove(next).1)
    }

    /// Takes in all that happens in this time, and no more: a program may go
    /// on printing for ever.
    pub fn listen_for(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while self.listen(until) && Instant::now() < until {}
    }

    /// Waits for something to happen; says whether it did before `until`.
    pub fn listen(&mut self, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        match self.happened.1.recv_timeout(left) {
            Ok(Happened::In(event)) => self.take_in(event),
            Ok(Happened::Asked(input)) => self.asked.push_back(input),
            Err(_) => return false,
        }
        true
    }

    fn take_in(&mut self, Event { terminal, line }: Event) {
        let Some(line) = line else {
            return self.ended.push(terminal);
        };
        if terminal.is_empty() {
            return self.aside.push(line);
        }
        if let Some(line) = self.unprompted(&line) {
            // The run's ports are other ones on the page.
            let line = self.ports.to_page(line);
            self.history.push((terminal.clone(), line.clone()));
            self.lines.push((terminal, line));
        }
    }

    /// The line without the prompts that stood before it. There is none if
    /// only prompts were printed.
    fn unprompted<'b>(&self, line: &'b str) -> Option<&'b str> {
        let mut rest = line;
        let mut prompts = self.prompts.iter();
        while let Some(after) =
            prompts.find_map(|one| rest.strip_prefix(one.as_str()))
        {
            rest = after;
            prompts = self.prompts.iter();
        }
        (!rest.is_empty() || line.is_empty()).then_some(rest)
    }
}
