//! What the programs share: their arguments, and how they end.
//!
//! A program that fails says so on stderr, in one line, below which it may show
//! the place in a file. Its exit code is 2 when it was called wrongly, 1 when
//! it could not do what it was asked.

use std::{
    env,
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    process, thread,
    time::Duration,
};

use anyhow::Context;
use clap::Parser;
use tokio::net::TcpListener;
use tracing::warn;

use crate::{
    counters::DEFAULT_METRICS_PORT, drain::CUT_OFF, server::DEFAULT_PORT,
};

/// The port, as an argument or from the environment variable `PORT`.
#[derive(Debug, clap::Args)]
pub struct Port {
    /// The port to listen on; 0 asks for any free one
    #[arg(
        env = "PORT",
        default_value_t = DEFAULT_PORT,
        hide_env_values = true,
        value_parser = parse_port,
    )]
    pub port: u16,
}

/// The port for the counters, as an argument or from `METRICS_PORT`.
#[derive(Debug, clap::Args)]
pub struct MetricsPort {
    /// The port on which the counters are read; 0 asks for any free one
    #[arg(
        id = "metrics-port",
        long = "metrics-port",
        env = "METRICS_PORT",
        default_value_t = DEFAULT_METRICS_PORT,
        hide_env_values = true,
        value_parser = parse_port,
    )]
    pub port: u16,
}

/// The shortest time that anybody may ask for.
const SHORTEST: Duration = Duration::from_millis(1);

/// Reads a port: a number from 0 to 65,535.
///
/// # Errors
///
/// A sentence that says what a port is.
pub fn parse_port(text: &str) -> Result<u16, String> {
    text.parse()
        .map_err(|_| format!("a port is a number from 0 to {}", u16::MAX))
}

/// Reads a time with its unit, from a millisecond to `most`.
///
/// # Errors
///
/// A sentence that says what is wanted, with an `example`.
pub fn parse_time(
    text: &str,
    most: Duration,
    example: &str,
) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).ok();
    let fits = |time: &Duration| (SHORTEST..=most).contains(time);
    time.filter(fits).ok_or_else(|| {
        let most = humantime::format_duration(most);
        format!("a time from 1ms to {most} is wanted, like {example}")
    })
}

/// Listens on a port of 127.0.0.1.
///
/// # Errors
///
/// When the port cannot be bound.
pub async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("cannot listen on port {port}"))
}

/// Listens at an address. If it is one of the open network, the log says so.
///
/// # Errors
///
/// When the address cannot be bound.
// ANCHOR: listen_at
pub async fn listen_at(address: SocketAddr) -> anyhow::Result<TcpListener> {
    if !address.ip().is_loopback() {
        warn!("whoever can reach {address} can connect");
    }
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen at {address}"))
}
// ANCHOR_END: listen_at

/// The program's arguments, or the end of the program.
///
/// `--help` is printed to stdout and ends it with exit code 0. Arguments that
/// make no sense are told in one line on stderr, with exit code 2.
pub fn parse<A: Parser>() -> A {
    A::try_parse().unwrap_or_else(|error| {
        if !error.use_stderr() {
            error.exit();
        }
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        complain(&format!("{first} (try --help)"));
        process::exit(error.exit_code());
    })
}

/// Prints on stderr. Unlike `eprintln!` it does not panic when it cannot.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// What figures were measured on, such as `linux (x86_64) with 2 processors`.
///
/// # Errors
///
/// When the system does not tell how many processors there are.
pub fn machine() -> io::Result<String> {
    let processors = thread::available_parallelism()?;
    let (system, kind) = (env::consts::OS, env::consts::ARCH);
    Ok(format!("{system} ({kind}) with {processors} processors"))
}

/// Ends a program that was stopped, and has cut off so many clients: with exit
/// code 0, with [`CUT_OFF`] if there were any, or with 1 and the error.
pub fn finish_stopped(cut: anyhow::Result<usize>) -> ! {
    match cut {
        Ok(0) => finish(Ok(())),
        Ok(_) => process::exit(CUT_OFF),
        Err(error) => finish(Err(error)),
    }
}

/// Ends the program with exit code 0, or with 1 and the error.
///
/// The process ends at once and does not wait for threads. This matters to the
/// client: a read of the terminal that has begun cannot be called off, and a
/// runtime that is dropped would wait for it.
pub fn finish(result: anyhow::Result<()>) -> ! {
    match result {
        Ok(()) => process::exit(0),
        Err(error) => {
            complain(format!("error: {error:#}").trim_end());
            process::exit(1)
        }
    }
}
