use std::process::Stdio;

use tokio::io::AsyncWriteExt;

use crate::support::{Server, command, within};

#[tokio::test]
async fn the_client_passes_its_input_on_and_drains_the_reply() {
    let mut server = Server::start().await;
    let mut client = command("client")
        .arg(server.addr().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = client.stdin.take().unwrap();
    stdin.write_all(b"hello\n\x1b[31m?\n").await.unwrap();
    drop(stdin);

    let ending = client.wait_with_output();
    let output = within("the client's end", ending).await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout, b"hello\n\x1b[31m?\n");

    // What drove this client's terminal does not drive the server's.
    let packets = server.packets().await;
    assert_eq!(packets, r"hello\n\x1b[31m?\n");
    server.stop().await;
}

/// Standard input stays open, as a terminal's does, and still it ends.
#[tokio::test]
async fn the_client_ends_when_the_server_goes() {
    let mut server = Server::start().await;
    let mut client = command("client")
        .arg(server.addr().to_string())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let _stdin = client.stdin.take().unwrap();
    server.line("Got connection").await;
    server.stop().await;
    let status = within("the client's end", client.wait()).await.unwrap();
    assert_eq!(status.code(), Some(0));
}
