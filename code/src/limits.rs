//! The numbers behind every no.
//!
//! [`Limits`] is what a program takes from its command line and passes on.
//! `admission` decides by it who may come in, and `conversation` who may stay.

use std::{fmt, str::FromStr, time::Duration};

use clap::Args;
use serde::Deserialize;

use crate::{admission::DOORSTEP, files::need_files};

/// What a client may ask of the server, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Clients that are served at once
    #[arg(long, default_value_t = DEFAULTS.clients)]
    pub clients: Count<MOST_CLIENTS>,
    /// Clients that are served at once from one address
    #[arg(long, default_value_t = DEFAULTS.per_address)]
    pub per_address: Count<MOST_CLIENTS>,
    /// The longest line, in bytes without its end
    #[arg(long, default_value_t = DEFAULTS.longest_line)]
    pub longest_line: Count<MOST_LINE>,
    /// How long a client may be silent between two lines
    #[arg(long, default_value_t = DEFAULTS.idle)]
    pub idle: Patience,
    /// How long a line may take, from its first byte to its last
    #[arg(long, default_value_t = DEFAULTS.line_time)]
    pub line_time: Patience,
    /// How long a client may take to accept an answer
    #[arg(long, default_value_t = DEFAULTS.write_time)]
    pub write_time: Patience,
}

// ANCHOR: defaults
/// Most systems let a program open 1,024 files: one for each client, some for
/// the doorstep, and a few for the program.
pub const DEFAULT_CLIENTS: u32 = 800;

/// The limits when nobody names others.
pub const DEFAULTS: Limits = Limits {
    clients: Count(DEFAULT_CLIENTS),
    per_address: Count(100),
    longest_line: Count(64 * 1024),
    idle: Patience::from_secs(60),
    line_time: Patience::from_secs(10),
    write_time: Patience::from_secs(10),
};
// ANCHOR_END: defaults

impl Default for Limits {
    fn default() -> Limits {
        DEFAULTS
    }
}

/// The most clients that anybody may ask for.
pub const MOST_CLIENTS: u32 = 100_000;

/// The most bytes of a line that anybody may ask for.
pub const MOST_LINE: u32 = 1024 * 1024;

/// The longest that anybody may ask the server to wait.
pub const MOST_PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// The files that the program opens for itself: its output, the listening
/// sockets, what tokio needs, whoever reads the counters.
const OWN_FILES: u64 = 24;

impl Limits {
    /// Sees to it that the process may open a file for each client. The limit
    /// of the process is raised as far as that takes.
    ///
    /// # Errors
    ///
    /// When the system does not allow so many.
    // ANCHOR: make_room
    pub fn make_room(&self) -> anyhow::Result<()> {
        let clients = u64::from(self.clients.get());
        let files = clients + DOORSTEP as u64 + OWN_FILES;
        need_files(files, &format!("{clients} clients")).map(drop)
    }
    // ANCHOR_END: make_room
}

/// A number from 1 to `MOST`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub struct Count<const MOST: u32>(u32);

impl<const MOST: u32> Count<MOST> {
    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl<const MOST: u32> TryFrom<u32> for Count<MOST> {
    type Error = String;

    fn try_from(number: u32) -> Result<Count<MOST>, String> {
        match (1..=MOST).contains(&number) {
            true => Ok(Count(number)),
            false => Err(format!("it must be from 1 to {MOST}")),
        }
    }
}

impl<const MOST: u32> FromStr for Count<MOST> {
    type Err = String;

    fn from_str(text: &str) -> Result<Count<MOST>, String> {
        let no_number = |_| format!("a number from 1 to {MOST} is wanted");
        text.parse::<u32>().map_err(no_number)?.try_into()
    }
}

impl<const MOST: u32> fmt::Display for Count<MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How long the server waits for something: a millisecond at least, a day at
/// most. It is written with its unit, such as `90s` or `1m 30s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Patience(Duration);

impl Patience {
    /// So many seconds.
    ///
    /// # Panics
    ///
    /// When there are none, or more than a day has.
    pub const fn from_secs(seconds: u32) -> Patience {
        let seconds = seconds as u64;
        assert!(0 < seconds && seconds <= MOST_PATIENCE.as_secs());
        Patience(Duration::from_secs(seconds))
    }

    /// The time.
    pub fn get(self) -> Duration {
        self.0
    }
}

impl TryFrom<Duration> for Patience {
    type Error = String;

    fn try_from(time: Duration) -> Result<Patience, String> {
        match (Duration::from_millis(1)..=MOST_PATIENCE).contains(&time) {
            true => Ok(Patience(time)),
            false => Err("it must be from 1ms to 1day".to_owned()),
        }
    }
}

impl FromStr for Patience {
    type Err = String;

    fn from_str(text: &str) -> Result<Patience, String> {
        humantime::parse_duration(text)
            .map_err(|_| "a time with its unit is wanted, like 90s".to_owned())?
            .try_into()
    }
}

impl TryFrom<String> for Patience {
    type Error = String;

    fn try_from(text: String) -> Result<Patience, String> {
        text.parse()
    }
}

impl fmt::Display for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests;
