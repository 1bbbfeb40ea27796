//! What the examples share: programs with which an exercise is tried by hand.

use std::{env, io, net::Ipv4Addr, process::ExitCode};

use tokio::net::TcpListener;

/// The port, unless the variable `PORT` names another one.
const USUAL_PORT: u16 = 8000;

/// The port of the server: what the variable `PORT` says, or else 8000.
///
/// # Errors
///
/// When `PORT` is set to something that is no port.
pub fn port() -> io::Result<u16> {
    let Some(port) = env::var_os("PORT") else {
        return Ok(USUAL_PORT);
    };
    let port = port.to_str().and_then(|port| port.parse().ok());
    let what = "PORT must be a number from 0 to 65535";
    port.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, what))
}

/// A listener on the port of the server, which is printed.
///
/// # Errors
///
/// When `PORT` is no port, or the port is taken.
pub async fn listen() -> io::Result<TcpListener> {
    let port = port()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.map_err(|error| {
        let what = format!("cannot listen on port {port}: {error}");
        io::Error::new(error.kind(), what)
    })?;
    // It is another one if 0 was asked for.
    let port = listener.local_addr()?.port();
    println!("Listening on port {port}...");
    Ok(listener)
}

/// How an example ends: with exit code 0, or with 1 and the error in one line.
pub fn finish(result: io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
