//! A channel: many send, one receives.

// ANCHOR: main
use tokio::sync::mpsc;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (sender, mut receiver) = mpsc::channel(8);
    for name in ["Ada", "Joe"] {
        let sender = sender.clone();
        tokio::spawn(async move {
            // An error would say that nobody receives any more.
            let _ = sender.send(format!("{name} was here")).await;
        });
    }
    drop(sender);

    while let Some(line) = receiver.recv().await {
        println!("{line}");
    }
    println!("no sender is left");
}
// ANCHOR_END: main
