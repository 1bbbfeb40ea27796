//! Greets, and says so.

fn main() {
    println!("greeting 1: hello");
}
