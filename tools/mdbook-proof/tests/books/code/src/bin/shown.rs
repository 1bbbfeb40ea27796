fn main() {
    println!("{}", shown::add(&shown::Pair(1, 2)));
}
