//! What takes the place of `PubSub`: a broadcast channel for each topic.
//!
//! It says nothing. It fails if what it checks does not hold.

use std::collections::HashMap;

use tokio::sync::broadcast::{self, error::RecvError};

/// So many lines of a topic are kept for who is behind.
const KEPT: usize = 4;

// ANCHOR: topics
#[derive(Default)]
struct Topics {
    topics: HashMap<String, broadcast::Sender<String>>,
}

impl Topics {
    fn subscribe(&mut self, topic: &str) -> broadcast::Receiver<String> {
        let sender = self.topics.entry(topic.to_owned());
        sender
            .or_insert_with(|| broadcast::Sender::new(KEPT))
            .subscribe()
    }

    fn publish(&self, topic: &str, line: &str) -> usize {
        let sender = self.topics.get(topic);
        sender.map_or(0, |all| all.send(line.to_owned()).unwrap_or(0))
    }
}
// ANCHOR_END: topics

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut topics = Topics::default();
    let mut ann = topics.subscribe("rust");
    let mut ben = topics.subscribe("rust");
    let mut cid = topics.subscribe("elixir");
    assert_eq!(topics.publish("rust", "hello"), 2);
    assert_eq!(topics.publish("cobol", "hello"), 0);
    assert_eq!(ann.recv().await.as_deref(), Ok("hello"));
    assert_eq!(ben.recv().await.as_deref(), Ok("hello"));
    assert!(cid.try_recv().is_err());

    for number in 1..=KEPT + 2 {
        topics.publish("rust", &format!("line {number}"));
    }
    assert_eq!(ann.recv().await, Err(RecvError::Lagged(2)));
    assert_eq!(ann.recv().await.as_deref(), Ok("line 3"));
    drop((ann, ben));
    assert_eq!(topics.publish("rust", "goodbye"), 0);
}
