//! Does not compile: a block without `move` that borrows its function's name.

use tokio::task::JoinError;

#[tokio::main]
async fn main() -> Result<(), JoinError> {
    let name = String::from("Ada");
    let greeting = async {
        println!("hello {name}");
        name.len()
    };
    println!("nobody has been greeted yet");

    let length = tokio::spawn(greeting).await?;
    println!("that was a name of {length} letters");
    Ok(())
}
