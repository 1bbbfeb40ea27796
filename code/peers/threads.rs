//! The echo server without tokio, as it is written with the standard library
//! alone: `cargo run --example threads 8000`, and a netcat for each who comes.
//! A port of 0 asks for any free one.
//!
//! A thread for each client reads, writes back, and reads again, and the system
//! takes care of whose turn it is. The queue of who waits to be accepted is the
//! standard library's, of 128 clients, which cannot be changed there.

use std::{
    env, io,
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

fn main() -> anyhow::Result<()> {
    let port = env::args().nth(1).map_or(Ok(8000), |port| port.parse())?;
    #[cfg(unix)]
    allow_descriptors()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    println!("Listening on port {}...", listener.local_addr()?.port());
    for client in listener.incoming() {
        if let Err(error) = client.and_then(spawn_client) {
            eprintln!("Error accepting a client: {error}");
            // With neither a descriptor nor a thread left, some have to leave.
            if !broke_in_the_queue(&error) {
                thread::sleep(Duration::from_millis(200));
            }
        }
    }
    Ok(())
}

fn broke_in_the_queue(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// A socket takes a descriptor, and many systems allow 1,024 at first.
#[cfg(unix)]
fn allow_descriptors() -> nix::Result<()> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)
}

fn spawn_client(socket: TcpStream) -> io::Result<()> {
    // Where this fails, answers may come later, and that is all.
    let _ = socket.set_nodelay(true);
    // Whatever goes wrong with a client ends its thread and nothing else.
    let serving = || drop(client_loop(socket));
    thread::Builder::new().spawn(serving).map(drop)
}

fn client_loop(mut socket: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match socket.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(size) => socket.write_all(&buffer[..size])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
