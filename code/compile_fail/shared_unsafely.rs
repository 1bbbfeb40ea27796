//! Does not compile: a task cannot change a variable of somebody else's.

#[tokio::main]
async fn main() {
    let mut total = 0;
    tokio::spawn(async { total += 1 });
}
