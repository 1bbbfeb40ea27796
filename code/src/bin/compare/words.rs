//! How it was measured, in the words that stand below the tables.

use std::time::Duration;

use anyhow::Result;

use crate::{
    calls::{OF_BOTH, OF_CALLS},
    lists::SERVERS,
    loader::SIZE,
    opening::{LIMIT, LONG},
    run::Args,
    subjects::{List, Places, Silent, Talking, Watched},
    svg::with_commas,
    system::{self, Cores},
};

/// As [`LIMIT`] says.
const TOO_LATE: &str = "After half a minute nobody waits for the rest. ";

/// So often clients come to each server.
const OPENINGS: usize = 3;

/// How it is measured, and what became of that.
#[derive(Debug, Clone)]
pub struct Setting {
    pub rounds: u32,
    pub openings: usize,
    /// A round with one server and one number of clients takes so long.
    pub time: Duration,
    /// So many talk.
    pub clients: Vec<u32>,
    /// So many stay silent.
    pub idle: u32,
    pub cores: Option<Cores>,
    pub machine: String,
    /// A sentence about what is not installed, or none.
    pub missing: String,
    /// What went wrong.
    pub failures: Vec<String>,
}

impl Setting {
    /// What was asked for, and what there is.
    ///
    /// # Errors
    ///
    /// When the system does not tell how many processors there are.
    pub fn new(args: &Args, missing: String) -> Result<Setting> {
        let rounds = args.rounds.get();
        Ok(Setting {
            rounds,
            openings: OPENINGS.min(rounds as usize),
            time: args.time,
            clients: args.clients.clone(),
            idle: args.idle.get(),
            cores: system::cores(),
            machine: echo::cli::machine()?,
            missing,
            failures: Vec::new(),
        })
    }

    /// The processors of a list, if there are two and it wants one for each.
    pub fn cores_of(&self, list: &List) -> Option<Cores> {
        self.cores.filter(|_| list.cores == Places::Apart)
    }

    /// How often the servers of a list have their turn.
    pub fn rounds_of(&self, list: &List) -> u32 {
        match list.talk {
            Talking::Few => self.rounds,
            _ => self.rounds.div_ceil(list.share),
        }
    }

    /// How many clients talk to the servers of a list.
    pub fn clients_of(&self, list: &List) -> &[u32] {
        match list.talk {
            Talking::Nobody => &[],
            Talking::Few => self.clients.get(..1).unwrap_or_default(),
            Talking::Many => self.clients.rchunks(1).next().unwrap_or_default(),
            Talking::FewAndMany => &self.clients,
        }
    }

    /// What is missing, for those who look on.
    pub fn missing_line(&self) -> String {
        match self.missing.is_empty() {
            true => String::new(),
            false => format!("{}\n", self.missing),
        }
    }

    /// Below the tables of those who talk.
    pub fn of_talk(&self) -> String {
        let (rounds, time) =
            (self.rounds, humantime::format_duration(self.time));
        format!(
            "Each client sends {SIZE} bytes, and the next when they have come \
             back; every byte is compared. All servers have their turn in each \
             of {rounds} rounds, for {time} each. Echoes a second: in the best \
             round. In a round: as many times as many as the first server had \
             in the same round, in the median. p99: all echoes but one in a \
             hundred are faster, in the median. Processor: the least that the \
             server and the system computed for an echo, what it takes to accept \
             and to close included; its own: the part of \
             it that is not the system's. Load's: how much of a processor the \
             clients needed, in the median; if that is all of it, and the \
             server's is not, they were the limit."
        )
    }

    /// Below the table of those who are silent.
    pub fn of_openings(&self) -> String {
        let (limit, openings) = (LIMIT.as_secs(), self.openings);
        let clients = with_commas(self.idle.into());
        format!(
            "{clients} clients come as fast as they are let in, and then say \
             nothing; after {limit} s nobody waits for the rest. The best and \
             the median of {openings}, or the only one if it takes longer than \
             {LONG} s. Memory: what the server's process has more than before, \
             for each client; what waits in the buffers of the system is not \
             in it."
        )
    }

    /// Below tables of all servers.
    pub fn of_servers(&self) -> String {
        let text = "What the servers print goes to `/dev/null`.";
        let (cores, all) = (self.of_cores(&SERVERS), self.of_all(SERVERS.file));
        let missing = match self.missing.is_empty() {
            true => String::new(),
            false => format!("\n{}", self.missing_line()),
        };
        format!("{cores} {text}\n{missing}{all}")
    }

    /// Below the table of a list of settings.
    pub fn of_step(&self, list: &List) -> String {
        let mut text = String::new();
        if list.talk != Talking::Nobody {
            let time = humantime::format_duration(self.time);
            let rounds = self.rounds_of(list);
            text += &format!(
                "{rounds} rounds of {time}, in turn: the best rate, and the \
                 median of p99. "
            );
        }
        if list.talk == Talking::Many {
            text += "p50: half of all echoes are faster, in the median. ";
        }
        if list.talk == Talking::Few {
            text += "Processor: the least that it took for an echo. ";
        }
        text += match list.silent {
            Silent::Nobody => "",
            Silent::Time => TOO_LATE,
            Silent::Memory | Silent::Both => {
                "Memory: what the process has more than before. "
            }
        };
        if list.calls != Watched::Nobody {
            text += OF_CALLS;
        }
        if list.calls == Watched::Both {
            text += OF_BOTH;
        }
        format!("{text}{}\n{}", self.of_cores(list), self.of_all(list.file))
    }

    fn of_cores(&self, list: &List) -> &'static str {
        match (self.cores_of(list), list.cores) {
            (Some(_), _) => "The server and the clients have a processor each.",
            (None, Places::Apart) => {
                "Nothing keeps the server and the clients on processors of \
                 their own here."
            }
            (None, Places::Together) => {
                "The server and the clients share all processors."
            }
        }
    }

    /// Where a table was made, and how a reader makes it.
    pub fn measured(&self, file: &str) -> String {
        format!(
            "\nMeasured on {}. Yours: `cargo run --release --bin compare -- \
             --only {file}`.\n",
            self.machine
        )
    }

    /// Below all tables.
    fn of_all(&self, file: &str) -> String {
        let mut text = String::new();
        if !self.failures.is_empty() {
            let failures = self.failures.join("; ");
            text += &format!("\nWhat went wrong: {failures}.\n");
        }
        text + &self.measured(file)
    }
}

#[cfg(test)]
pub mod tests;
