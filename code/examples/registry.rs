//! What takes the place of a `Registry`: a map from names to channels.
//!
//! It says nothing. It fails if what it checks does not hold.

use std::collections::BTreeMap;

use tokio::sync::mpsc;

type Mailbox = mpsc::Sender<String>;

/// Somebody else has the name.
#[derive(Debug, PartialEq, Eq)]
struct Taken;

// ANCHOR: registry
#[derive(Default)]
struct Registry {
    members: BTreeMap<String, Mailbox>,
}

impl Registry {
    fn register(&mut self, name: &str, mailbox: Mailbox) -> Result<(), Taken> {
        if self.lookup(name).is_some() {
            return Err(Taken);
        }
        self.members.insert(name.to_owned(), mailbox);
        Ok(())
    }

    fn lookup(&self, name: &str) -> Option<&Mailbox> {
        let mailbox = self.members.get(name)?;
        (!mailbox.is_closed()).then_some(mailbox)
    }
}
// ANCHOR_END: registry

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut registry = Registry::default();
    let (mailbox, mut inbox) = mpsc::channel(1);
    let (another, _inbox) = mpsc::channel(1);
    assert_eq!(registry.register("ann", mailbox), Ok(()));
    assert_eq!(registry.register("ann", another.clone()), Err(Taken));

    let ann = registry.lookup("ann").expect("she is here");
    assert!(ann.try_send("hello".to_owned()).is_ok());
    assert_eq!(inbox.recv().await.as_deref(), Some("hello"));
    assert!(registry.lookup("ben").is_none());

    // Her task takes the receiver with it, and the name is free again.
    let task = tokio::spawn(async move { inbox.recv().await });
    task.abort();
    assert!(task.await.is_err());
    assert!(registry.lookup("ann").is_none());
    assert_eq!(registry.members.len(), 1, "the map is not told");
    assert_eq!(registry.register("ann", another), Ok(()));
}
