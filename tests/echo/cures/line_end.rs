//! A message with a line's end in it. For `drained` it is two messages, one of
//! them bad or not. `framed` says before each how long it is.

use tokio::io::AsyncWriteExt;

use crate::{
    messages::Wire::Frames,
    support::{Server, counting, rest},
};

const MESSAGE: &[u8] = b"echo a\necho b";

/// A client sees one message come back or two, and cannot tell.
#[tokio::test]
async fn drained_cannot_tell_one_message_from_two() {
    let server = Server::spawn(&mut counting("drained")).await;
    let mut echoes = Vec::new();
    for messages in [&[MESSAGE][..], &[b"echo a", b"echo b"]] {
        let mut client = server.connect().await;
        for message in messages {
            let line = [message, &b"\n"[..]].concat();
            client.write_all(&line).await.unwrap();
        }
        client.shutdown().await.unwrap();
        echoes.push(rest(&mut client).await);
    }
    assert_eq!(echoes[0], echoes[1]);
    server.stop().await;
}

#[tokio::test]
async fn framed_carries_a_message_of_two_lines() {
    let server = Server::spawn(&mut counting("framed")).await;
    let mut client = server.connect().await;
    client.write_all(&Frames.message(MESSAGE)).await.unwrap();
    assert_eq!(Frames.reply(&mut client).await, "text a\necho b");
    client.write_all(&Frames.message(b"count")).await.unwrap();
    assert_eq!(Frames.reply(&mut client).await, "count 2");
    server.stop().await;
}
