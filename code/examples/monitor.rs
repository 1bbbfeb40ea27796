//! What takes the place of `Process.monitor`: a lease that is dropped when a
//! task ends, and a set of tasks that says why.
//!
//! It says nothing. It fails if what it checks does not hold.

use std::{convert::Infallible, future::pending, panic::resume_unwind};

use tokio::{
    sync::oneshot,
    task::{Id, JoinSet},
};

// ANCHOR: lease
/// Dropped when its task ends, however it ends.
type Lease = oneshot::Sender<Infallible>;

fn monitor() -> (Lease, impl Future<Output = ()>) {
    let (lease, gone) = oneshot::channel();
    (lease, async { _ = gone.await })
}
// ANCHOR_END: lease

// ANCHOR: down
async fn down(members: &mut JoinSet<()>) -> Option<(Id, &'static str)> {
    Some(match members.join_next_with_id().await? {
        Ok((id, ())) => (id, "left"),
        Err(error) if error.is_panic() => (error.id(), "crashed"),
        Err(error) => (error.id(), "was sent away"),
    })
}
// ANCHOR_END: down

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut members = JoinSet::new();
    let (lease, gone) = monitor();
    members.spawn(async move { drop(lease) });
    expect(&mut members, gone, "left").await;

    let (lease, gone) = monitor();
    members.spawn(async move {
        let _lease = lease;
        crash();
    });
    expect(&mut members, gone, "crashed").await;

    let (lease, gone) = monitor();
    let member = members.spawn(async move {
        let _lease = lease;
        pending().await
    });
    member.abort();
    expect(&mut members, gone, "was sent away").await;

    assert_eq!(down(&mut members).await, None);
}

/// Expects that the only member has gone, and that both say so.
async fn expect(
    members: &mut JoinSet<()>,
    gone: impl Future<Output = ()>,
    how: &str,
) {
    gone.await;
    let (_, why) = down(members).await.expect("somebody was here");
    assert_eq!(why, how);
}

/// Panics, without a word on the screen.
fn crash() -> ! {
    resume_unwind(Box::new("a bug"))
}
