//! A channel of which every receiver gets every message.

// ANCHOR: main
use tokio::sync::broadcast::{self, error::RecvError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), RecvError> {
    let (sender, mut first) = broadcast::channel(8);
    let mut second = sender.subscribe();
    // An error would say that there is no receiver.
    let _ = sender.send(0);
    println!("the first hears {}", first.recv().await?);
    println!("the second hears {}", second.recv().await?);

    for number in 1..=10 {
        let _ = sender.send(number);
    }
    if let Err(RecvError::Lagged(lost)) = second.recv().await {
        println!("the second has lost {lost}");
    }
    println!("the second hears {}", second.recv().await?);
    Ok(())
}
// ANCHOR_END: main
