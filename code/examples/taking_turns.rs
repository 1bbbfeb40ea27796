//! Three tasks on one thread: two that give way, and one that does not.

use tokio::task::yield_now;

// ANCHOR: turns
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let a = tokio::spawn(polite("A"));
    let b = tokio::spawn(rude("B"));
    let c = tokio::spawn(polite("C"));
    let _ = tokio::join!(a, b, c);
}

async fn polite(name: &str) {
    for number in 1..=3 {
        println!("{name} says {number}");
        yield_now().await;
    }
}

async fn rude(name: &str) {
    for number in 1..=3 {
        println!("{name} says {number}");
    }
}
// ANCHOR_END: turns
