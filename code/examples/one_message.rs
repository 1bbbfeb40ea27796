//! Sends one long message, and says whether the reply is the same.
//!
//! Start a server, and then `cargo run -p echo --example one_message
//! localhost:8000`. It prints a line, and ends.

use std::{env, io, time::Duration};

use echo::client::Client;
use tokio::time::timeout;

/// The bytes of the message. On the way back, they do not fit into the buffer
/// in which the operating system keeps what has arrived and was not read.
const LONG: usize = 1 << 20;

/// Nobody waits longer than this for an answer.
const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).ok_or(io::ErrorKind::InvalidInput)?;
    let mut client = Client::connect(address).await?;
    let message = vec![b'x'; LONG];

    let reply = timeout(DEADLINE, client.send(&message)).await??;
    println!("The reply has as many bytes as the message");
    if reply == message {
        println!("They are the same");
    } else if reply.last() == Some(&0) {
        println!("They are not the same: the last ones are zeros");
    } else {
        println!("They are not the same");
    }
    Ok(())
}
