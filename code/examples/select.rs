//! Two futures, one of which is done first.

// ANCHOR: main
use std::time::Duration;

use tokio::{select, time::sleep};

#[tokio::main]
async fn main() {
    let answer = async {
        sleep(Duration::from_secs(60)).await;
        "an answer"
    };
    let patience = sleep(Duration::from_secs(1));

    select! {
        text = answer => println!("got {text}"),
        () = patience => println!("nobody has answered"),
    }
}
// ANCHOR_END: main
