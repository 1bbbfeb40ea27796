//! The client too many waits, and is not told why. The first server leaves it
//! in the queue of the system until another client leaves. A server with a
//! file in reserve accepts it, says so, and lets it go.

use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::support::{
    Server, assert_echo, assert_last, example, program, with_few_files, within,
};

/// Enough files for the server and a few clients.
const FILES: usize = 20;

async fn read_hello(client: &mut TcpStream) {
    use tokio::io::AsyncReadExt;
    let mut echo = [0; 6];
    let reading = client.read_exact(&mut echo);
    within("an echo", reading).await.unwrap();
    assert_eq!(&echo, b"hello\n");
}

#[tokio::test]
async fn server_leaves_the_client_too_many_waiting() {
    let mut command = with_few_files(program("server"), FILES);
    let mut server = Server::spawn(command.arg("0")).await;
    let mut clients = Vec::new();
    for _ in 0..FILES {
        let mut client = server.connect().await;
        client.write_all(b"hello\n").await.unwrap();
        clients.push(client);
    }
    server.line("Too many open files").await;
    server.line("Too many open files").await;

    // It has got neither an answer nor an end, and others still talk.
    let mut too_many = clients.pop().unwrap();
    read_hello(&mut clients[0]).await;
    assert_echo(&mut clients[0], b"still here\n").await;
    let error = too_many.try_read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    drop(clients);
    read_hello(&mut too_many).await;
    server.stop().await;
}

#[tokio::test]
async fn reserve_tells_the_client_too_many() {
    let mut command = with_few_files(example("reserve"), FILES);
    let server = Server::spawn(command.arg("0")).await;
    let mut clients = Vec::new();
    for _ in 0..FILES {
        clients.push(server.connect().await);
    }
    let mut too_many = clients.pop().unwrap();
    assert_last(&mut too_many, "no room\n").await;
    assert_echo(&mut clients[0], b"still here\n").await;
    server.stop().await;
}
