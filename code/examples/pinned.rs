//! A future that is waited for again and again, and stays where it is.

// ANCHOR: main
use std::{pin::pin, time::Duration};

use tokio::{
    select,
    time::{interval, sleep},
};

#[tokio::main]
async fn main() {
    let mut visits = interval(Duration::from_secs(2));
    let mut closing = pin!(sleep(Duration::from_secs(5)));
    loop {
        select! {
            () = &mut closing => break,
            _ = visits.tick() => println!("somebody looks in"),
        }
    }
    println!("closed");
}
// ANCHOR_END: main
