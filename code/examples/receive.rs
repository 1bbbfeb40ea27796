//! What takes the place of `receive ... after`: a choice between channels.
//!
//! It says nothing. It fails if what it checks does not hold.

use std::time::Duration;

use tokio::{select, sync::mpsc, time::sleep};

const PATIENCE: Duration = Duration::from_secs(5);

// ANCHOR: receive
async fn next(
    urgent: &mut mpsc::Receiver<Order>,
    mailbox: &mut mpsc::Receiver<String>,
) -> Option<String> {
    select! {
        biased;
        Some(Order::Leave) = urgent.recv() => None,
        Some(line) = mailbox.recv() => Some(line),
        () = sleep(PATIENCE) => Some("nobody says anything".to_owned()),
    }
}
// ANCHOR_END: receive

/// What must not wait behind the lines in the mailbox.
enum Order {
    Leave,
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (orders, mut urgent) = mpsc::channel(1);
    let (sender, mut mailbox) = mpsc::channel(2);
    for line in ["ann: hello", "ben: hi"] {
        assert!(sender.try_send(line.to_owned()).is_ok());
    }
    // It is bounded: there is no room for a third one.
    assert!(sender.try_send("cid: me too".to_owned()).is_err());

    let mut said = Vec::new();
    for _ in 0..3 {
        said.extend(next(&mut urgent, &mut mailbox).await);
    }
    assert_eq!(said, ["ann: hello", "ben: hi", "nobody says anything"]);

    assert!(sender.try_send("ann: wait!".to_owned()).is_ok());
    assert!(orders.try_send(Order::Leave).is_ok());
    assert_eq!(next(&mut urgent, &mut mailbox).await, None);
    // What came earlier, and was not urgent, is still there.
    assert_eq!(mailbox.try_recv().as_deref(), Ok("ann: wait!"));
}
