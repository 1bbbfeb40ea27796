//! A semaphore: a number of places, and a way to wait for one.

// ANCHOR: main
use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{AcquireError, Semaphore},
    time::sleep,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), AcquireError> {
    let places = Arc::new(Semaphore::new(2));
    for (name, seconds) in [("Ada", 1), ("Bob", 3), ("Joe", 1)] {
        let place = Arc::clone(&places).acquire_owned().await?;
        println!("{name} comes, {} left", places.available_permits());
        tokio::spawn(async move {
            sleep(Duration::from_secs(seconds)).await;
            println!("{name} goes");
            drop(place);
        });
    }
    Ok(())
}
// ANCHOR_END: main
