// ANCHOR: main
fn main() {
    println!("turned");
}
// ANCHOR_END: main
