//! What a panic does to the other threads: `cargo run --example aborts`.
//!
//! They go on, and the program ends by itself. With `panic = "abort"` the
//! whole process ends where one of them panics, and nothing is put in order:
//!
//! ```text
//! rustc --edition 2024 -C panic=abort -o target/aborts code/examples/aborts.rs
//! target/aborts
//! ```

use std::{panic, sync::mpsc, thread};

/// Says when it is dropped, as a socket would be closed.
struct Tidy;

impl Drop for Tidy {
    fn drop(&mut self) {
        println!("put in order");
    }
}

// ANCHOR: main
fn main() {
    panic::set_hook(Box::new(|_| println!("a panic")));
    let (tell, told) = mpsc::channel();
    let other = thread::spawn(move || {
        if let Ok(word) = told.recv() {
            println!("the other thread is {word}");
        }
    });
    let crashed = thread::spawn(|| {
        let _tidy = Tidy;
        panic!("a bug");
    });
    if crashed.join().is_err() {
        println!("one thread has panicked");
    }
    let _ = tell.send("still here");
    let _ = other.join();
}
// ANCHOR_END: main
