//! A netcat: what is typed goes to the server, what comes back is printed.

// ANCHOR: main
use std::{env, process};

use mine::client::Client;
use tokio::io::{stdin, stdout};

#[tokio::main]
async fn main() {
    let addr = env::args().nth(1);
    let addr = addr.unwrap_or("localhost:8000".to_owned());
    let result = match Client::connect(addr).await {
        Ok(client) => client.relay(stdin(), stdout()).await,
        Err(error) => Err(error),
    };
    if let Err(error) = &result {
        eprintln!("error: {error}");
    }
    // At once: a read of the terminal that has begun cannot be called off.
    process::exit(result.is_err().into())
}
// ANCHOR_END: main
