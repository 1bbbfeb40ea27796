//! Step 0: the smallest server, without async, for one client after another.

// ANCHOR: all
use std::{
    io::{self, Read, Write},
    net::TcpListener,
};

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:8000")?;
    println!("Listening on port 8000...");
    loop {
        let (mut socket, _) = listener.accept()?;
        let mut buffer = [0; 4096];
        loop {
            let length = socket.read(&mut buffer)?;
            if length == 0 {
                break;
            }
            socket.write_all(&buffer[..length])?;
        }
    }
}
// ANCHOR_END: all
