//! What may be asked of `load`, and how much of it.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Result, ensure};
use clap::Parser;
use echo::{
    cli::{parse_port, parse_time},
    limits::{Count, MOST_CLIENTS},
    server::DEFAULT_PORT,
};

use crate::storm;

/// The most bytes of a message.
pub const MOST_SIZE: u32 = 1024 * 1024;

/// The most messages of a client that may be unanswered.
pub const MOST_PIPELINE: u32 = 1024;

/// The most messages a second. No server of one machine answers as many.
pub const MOST_RATE: u32 = 10_000_000;

/// The longest that anybody may ask it to last.
pub const MOST_DURATION: Duration = Duration::from_secs(600);

/// How long messages are sent, if nobody says.
const DURATION: Duration = Duration::from_secs(2);

/// What only those clients heed who send messages for a while.
const TALK: [&str; 4] = ["connections", "pipeline", "rate", "patience"];

/// Sends messages to an echo server, and measures how fast they come back
#[derive(Parser)]
pub struct Args {
    /// The port of the server; PORT in the environment changes the default
    #[arg(
        env = "PORT",
        hide_env = true,
        default_value_t = DEFAULT_PORT,
        value_parser = parse_port,
    )]
    port: u16,
    /// How many clients send messages
    #[arg(long, default_value = "50")]
    pub connections: Count<MOST_CLIENTS>,
    /// How long a message is, in bytes
    #[arg(long, default_value = "64")]
    pub size: Count<MOST_SIZE>,
    /// So many messages of a client may be unanswered
    #[arg(long, default_value = "1", conflicts_with = "rate")]
    pub pipeline: Count<MOST_PIPELINE>,
    /// Messages a second, of all clients together [default: as fast as it goes]
    #[arg(long)]
    pub rate: Option<Count<MOST_RATE>>,
    /// How long it lasts [default: 2s; 10m for --idle, 2m for --storm]
    #[arg(long, value_parser = parse_duration)]
    duration: Option<Duration>,
    /// How long late answers are waited for at the end, and then the server's
    /// closing of the connections
    #[arg(long, default_value = "2s", value_parser = parse_duration)]
    pub patience: Duration,
    /// Opens so many clients, and holds them until the end of the input
    #[arg(long, conflicts_with_all = ["storm", "size"])]
    #[arg(conflicts_with_all = TALK)]
    pub idle: Option<Count<MOST_CLIENTS>>,
    /// So many clients come, send one message, get it back, and go
    #[arg(long, conflicts_with_all = TALK)]
    pub storm: Option<Count<MOST_CLIENTS>>,
    /// Prints one line of JSON
    #[arg(long)]
    pub json: bool,
    /// Runs on this processor alone; they are counted from 0
    #[arg(long)]
    pub cpu: Option<usize>,
    /// Where the server is
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    /// Allows an address of another machine, whose owner has agreed
    #[arg(long)]
    anywhere: bool,
}

impl Args {
    /// Where the server listens.
    ///
    /// # Errors
    ///
    /// When it is on another machine, and nobody has allowed that.
    pub fn server(&self) -> Result<SocketAddr> {
        ensure!(
            self.anywhere || self.address.is_loopback(),
            "{} may be another machine; that takes --anywhere",
            self.address,
        );
        Ok(SocketAddr::new(self.address, self.port))
    }

    /// So many connections may be open at a time.
    pub fn files(&self) -> u32 {
        match (self.idle, self.storm) {
            (Some(clients), _) => clients.get(),
            (_, Some(clients)) => clients.get().min(storm::AT_ONCE as u32),
            _ => self.connections.get(),
        }
    }

    /// How long it lasts.
    pub fn duration(&self) -> Duration {
        let default = match (self.idle, self.storm) {
            (Some(_), _) => MOST_DURATION,
            (_, Some(_)) => storm::PATIENCE,
            _ => DURATION,
        };
        self.duration.unwrap_or(default)
    }
}

/// Reads how long it is to last.
fn parse_duration(text: &str) -> Result<Duration, String> {
    parse_time(text, MOST_DURATION, "2s")
}
