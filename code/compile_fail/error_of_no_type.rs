//! Does not compile: a block with a `?`, and nothing says which error it
//! returns.

use tokio::net::TcpListener;

#[tokio::main]
async fn main() {
    let block = async {
        TcpListener::bind("127.0.0.1:0").await?;
        Ok(())
    };
    let _ = block.await;
}
