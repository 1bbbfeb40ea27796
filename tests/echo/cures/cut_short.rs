//! A client that breaks off in the middle of a request. `lines` answers what
//! has come, as if it were whole. `framed` knows how much is missing.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    messages::Wire::{self, Frames, Lines},
    support::{Server, counting, within},
};

/// Sends a request without its last byte, and no more. Returns the reply, which
/// is the only one.
async fn cut_short(server: &Server, wire: Wire) -> String {
    let mut client: TcpStream = server.connect().await;
    let end = match wire {
        // It is the line's end, and of the text nothing would be missing.
        Lines => 2,
        Frames => 1,
    };
    let request = wire.message(b"echo 1000 crowns");
    let cut = &request[..request.len() - end];
    client.write_all(cut).await.unwrap();
    client.shutdown().await.unwrap();
    let reply = wire.reply(&mut client).await;
    let mut more = Vec::new();
    let reading = client.read_to_end(&mut more);
    within("the end", reading).await.unwrap();
    assert_eq!(more, b"");
    reply
}

#[tokio::test]
async fn lines_takes_half_a_request_for_a_whole_one() {
    let server = Server::spawn(&mut counting("lines")).await;
    assert_eq!(cut_short(&server, Lines).await, "text 1000 crown");
    server.stop().await;
}

#[tokio::test]
async fn framed_sees_that_a_request_is_not_whole() {
    let server = Server::spawn(&mut counting("framed")).await;
    let reply = cut_short(&server, Frames).await;
    assert_eq!(reply, "error your message is not whole");
    server.stop().await;
}
