fn main() {
    // One step.
    println!("1");
}
