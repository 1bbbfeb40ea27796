//! Greets twice.

fn main() {
    println!("greeting 1: hello");
    again();
}

// ANCHOR: again
/// Once more.
fn again() {
    println!("greeting 2: hello");
}
// ANCHOR_END: again
