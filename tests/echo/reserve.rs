use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    Server, assert_echo, assert_last, example, with_few_files, within,
};

/// Enough files for the server and a few clients.
const FILES: usize = 20;

async fn start() -> Server {
    let mut command = with_few_files(example("reserve"), FILES);
    Server::spawn(command.arg("0")).await
}

/// Connects clients, each of which is served before the next one comes, until
/// one is told that there is no room.
async fn fill(server: &Server) -> Vec<TcpStream> {
    let mut served = Vec::new();
    for _ in 0..FILES {
        let mut client = server.connect().await;
        match answer(&mut client).await.as_str() {
            "hello\n" => served.push(client),
            word => {
                assert_eq!(word, "no room\n");
                return served;
            }
        }
    }
    panic!("{FILES} files are enough for {FILES} clients");
}

/// The first line that a client gets when it says hello.
async fn answer(client: &mut TcpStream) -> String {
    client.write_all(b"hello\n").await.unwrap();
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        let byte = within("an answer", client.read_u8()).await.unwrap();
        line.push(byte);
    }
    String::from_utf8(line).unwrap()
}

#[tokio::test]
async fn the_client_too_many_is_told_and_the_others_are_served() {
    let server = start().await;
    let mut served = fill(&server).await;
    assert!(served.len() > 2, "{} were served", served.len());
    for _ in 0..3 {
        assert_last(&mut server.connect().await, "no room\n").await;
        for client in &mut served {
            assert_echo(client, b"still here\n").await;
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn as_many_are_told_as_come_at_once() {
    let server = start().await;
    let served = fill(&server).await;
    let mut clients = Vec::new();
    for _ in 0..50 {
        clients.push(server.connect().await);
    }
    for mut client in clients {
        assert_last(&mut client, "no room\n").await;
    }
    drop(served);
    server.stop().await;
}

/// One that leaves makes room for one, and not for the one after it only.
#[tokio::test]
async fn who_comes_when_another_has_left_is_served() {
    let server = start().await;
    let mut served = fill(&server).await;
    for _ in 0..5 {
        let leaves = served.remove(0);
        leave(leaves).await;
        let mut client = server.connect().await;
        assert_eq!(answer(&mut client).await, "hello\n");
        served.push(client);
        assert_last(&mut server.connect().await, "no room\n").await;
    }
    server.stop().await;
}

/// No client has ever been told that there is no room: the server has become
/// full, and not too full.
#[tokio::test]
async fn a_server_that_is_just_full_turns_nobody_away() {
    let server = start().await;
    let room = fill(&server).await.len();
    server.stop().await;

    let server = start().await;
    let mut served = Vec::new();
    for _ in 0..3 {
        while served.len() < room {
            let mut client = server.connect().await;
            assert_eq!(answer(&mut client).await, "hello\n");
            served.push(client);
        }
        leave(served.remove(0)).await;
    }
    server.stop().await;
}

/// Says goodbye, and returns when the server has closed its side, too.
async fn leave(mut client: TcpStream) {
    client.shutdown().await.unwrap();
    assert_last(&mut client, "").await;
}
