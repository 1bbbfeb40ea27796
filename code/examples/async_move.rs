//! An async block that takes its variables with it.

// ANCHOR: main
use tokio::task::JoinError;

#[tokio::main]
async fn main() -> Result<(), JoinError> {
    let name = String::from("Ada");
    let greeting = async move {
        println!("hello {name}");
        name.len()
    };
    println!("nobody has been greeted yet");

    let length = tokio::spawn(greeting).await?;
    println!("that was a name of {length} letters");
    Ok(())
}
// ANCHOR_END: main
