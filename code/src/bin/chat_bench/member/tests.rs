use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::timeout,
};

use super::Member;
use crate::{
    peer::LIMIT,
    script::{SPEAKER, Script},
};

/// What a member of a false room says, which delivers these lines.
async fn hear(numbers: &'static [usize]) -> Result<usize, String> {
    let script = Arc::new(Script::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let spoken = script.clone();
    let room = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut name = [0; 3];
        socket.read_exact(&mut name).await.unwrap();
        let start = "* who are you?\n* m1 has joined\n";
        socket.write_all(start.as_bytes()).await.unwrap();
        // The member asks for the lines, so that they are not read too early.
        socket.read_exact(&mut name[..1]).await.unwrap();
        for number in numbers {
            let line = format!("{SPEAKER}: {}", spoken.spoken(*number, 1));
            socket.write_all(line.as_bytes()).await.unwrap();
        }
    });
    let hearing = async {
        let (member, mut voice) = Member::join(addr, "m1".to_owned()).await?;
        voice.write_all(b"\n").await?;
        let mut told = Vec::new();
        let heard = member.hear(script, 4, |line| told.push(line)).await;
        heard.map(|_| told.len())
    };
    let heard = timeout(LIMIT, hearing).await.expect("it ends");
    room.await.unwrap();
    heard.map_err(|error| error.to_string())
}

#[tokio::test]
async fn an_honest_room_is_heard_to_the_end() {
    assert_eq!(hear(&[0, 1, 2, 3]).await, Ok(4));
}

#[tokio::test]
async fn a_room_that_loses_a_line_is_found_out() {
    let said = hear(&[0, 1, 3, 4]).await.unwrap_err();
    assert!(said.contains("in place of speaker: 00002"), "{said}");
}

#[tokio::test]
async fn a_room_that_swaps_two_lines_is_found_out() {
    let said = hear(&[0, 2, 1, 3]).await.unwrap_err();
    assert!(said.contains("there came speaker: 00002"), "{said}");
}

#[tokio::test]
async fn a_room_that_loses_the_last_line_and_ends_is_found_out() {
    assert_eq!(hear(&[0, 1, 2]).await.unwrap_err(), "it ends after 3 lines");
}
