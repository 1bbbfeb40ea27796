//! Does not compile: an async function that awaits itself.

async fn for_ever(round: u64) {
    for_ever(round + 1).await;
}

#[tokio::main]
async fn main() {
    for_ever(0).await;
}
