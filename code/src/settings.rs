//! The settings of `echod`: one file of TOML, in which everything has a
//! default.
//!
//! Whoever mistypes a setting must hear of it before the server runs. So an
//! unknown name is an error, as is a value out of its limits, and the error
//! shows the line.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};

use anyhow::Context;
use serde::Deserialize;

use crate::{
    counters::DEFAULT_METRICS_PORT,
    drain::DEFAULT_GRACE,
    limits::{Limits, Patience},
    log::Format,
    server::DEFAULT_PORT,
};

/// The largest settings that are read, in bytes. Nobody needs so many, and a
/// device without an end is no file of settings.
const LARGEST: u64 = 64 * 1024;

// ANCHOR: settings
/// What can be set, with the defaults for what is not.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where clients connect. Whoever can reach the address can do so.
    pub listen: SocketAddr,
    /// Where the counters are read.
    pub metrics: SocketAddr,
    /// How a line of the log looks.
    pub log: Format,
    /// How long the conversations may take to end when the server stops.
    pub grace: Patience,
    /// What a client may ask of the server.
    pub limits: Limits,
}
// ANCHOR_END: settings

impl Default for Settings {
    fn default() -> Settings {
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Settings {
            listen: at(DEFAULT_PORT),
            metrics: at(DEFAULT_METRICS_PORT),
            log: Format::default(),
            grace: DEFAULT_GRACE,
            limits: Limits::default(),
        }
    }
}

impl Settings {
    /// Reads settings from a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or something in it makes no sense.
    pub fn read(path: &Path) -> anyhow::Result<Settings> {
        let place = || format!("in {}", path.display());
        let text = read_text(path).with_context(place)?;
        let settings: Settings = toml::from_str(&text).with_context(place)?;
        Ok(settings)
    }
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    use std::io::Read;

    let mut bytes = Vec::new();
    let file = fs::File::open(path)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    let is_small = bytes.len() as u64 <= LARGEST;
    anyhow::ensure!(is_small, "it is larger than {LARGEST} bytes");
    String::from_utf8(bytes).context("it is no UTF-8")
}

#[cfg(test)]
mod tests;
