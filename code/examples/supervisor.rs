//! What takes the place of a `Supervisor`, in a few lines: a loop that starts
//! its child again. The library has one with more to it.
//!
//! It says nothing. It fails if what it checks does not hold.

use std::{panic::resume_unwind, sync::Arc};

use tokio::{
    sync::{Mutex, mpsc},
    task::JoinError,
};

/// So many crashes are borne.
const INTENSITY: usize = 3;

/// What outlives a crash: the mailbox, and what was said.
struct Keeper {
    mailbox: mpsc::Receiver<String>,
    said: Vec<String>,
}

impl Keeper {
    async fn run(&mut self) {
        while let Some(line) = self.mailbox.recv().await {
            if line.contains("bug") {
                crash();
            }
            self.said.push(line);
        }
    }
}

// ANCHOR: supervise
async fn supervise(keeper: &Arc<Mutex<Keeper>>) -> Result<(), JoinError> {
    let mut crashes = 0;
    loop {
        let keeper = Arc::clone(keeper);
        let run = async move { keeper.lock().await.run().await };
        match tokio::spawn(run).await {
            Err(error) if error.is_panic() && crashes < INTENSITY => {
                crashes += 1
            }
            ended => return ended,
        }
    }
}
// ANCHOR_END: supervise

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (sender, mailbox) = mpsc::channel(8);
    let said = Vec::new();
    let keeper = Arc::new(Mutex::new(Keeper { mailbox, said }));
    for line in ["hello", "a bug", "is anybody there?"] {
        assert!(sender.try_send(line.to_owned()).is_ok());
    }
    drop(sender);
    assert!(supervise(&keeper).await.is_ok());
    // The line that crashed it is lost, and neither what came before nor after.
    assert_eq!(keeper.lock().await.said, ["hello", "is anybody there?"]);

    let (sender, mailbox) = mpsc::channel(8);
    keeper.lock().await.mailbox = mailbox;
    for _ in 0..=INTENSITY {
        assert!(sender.try_send("a bug".to_owned()).is_ok());
    }
    let ended = supervise(&keeper).await;
    assert!(ended.is_err_and(|error| error.is_panic()));
    assert!(keeper.lock().await.mailbox.is_empty());
}

/// Panics, without a word on the screen.
fn crash() -> ! {
    resume_unwind(Box::new("a bug"))
}
