//! What the programs of a session print, as it comes.

use std::{
    sync::mpsc::{Receiver, Sender, channel},
    time::{Duration, Instant},
};

use crate::session::{port::Port, terminal::Event};

/// All that has been printed in all terminals.
#[derive(Debug)]
pub struct Printed<'a> {
    events: (Sender<Event>, Receiver<Event>),
    prompts: &'a [String],
    /// The session's port, if it has one.
    pub port: Option<Port>,
    /// Lines that have not yet been compared, with the names of their
    /// terminals.
    pub lines: Vec<(String, String)>,
    /// Terminals whose programs have ended.
    pub ended: Vec<String>,
    /// Everything that happened, for the report.
    pub history: Vec<(String, String)>,
}

impl<'a> Printed<'a> {
    /// Nothing yet. The prompts are no part of a line.
    pub fn new(prompts: &'a [String], port: Option<Port>) -> Printed<'a> {
        Printed {
            events: channel(),
            prompts,
            port,
            lines: Vec::new(),
            ended: Vec::new(),
            history: Vec::new(),
        }
    }

    /// Where a terminal sends what happens in it.
    pub fn sender(&self) -> Sender<Event> {
        self.events.0.clone()
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
        let Ok(Event { terminal, line }) = self.events.1.recv_timeout(left)
        else {
            return false;
        };
        match line {
            None => self.ended.push(terminal),
            Some(line) => {
                if let Some(line) = self.unprompted(&line) {
                    let line = self.as_written(line);
                    self.history.push((terminal.clone(), line.clone()));
                    self.lines.push((terminal, line));
                }
            }
        }
        true
    }

    /// The run's port is another one on the page.
    fn as_written(&self, line: &str) -> String {
        let port = self.port.as_ref();
        port.map_or_else(|| line.to_owned(), |port| port.to_page(line))
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
