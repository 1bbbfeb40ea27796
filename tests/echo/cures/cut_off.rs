//! A server that is stopped before it has answered. `SIGTERM` ends `logged` as
//! it ends any program. `drained` ends when its clients have their answers.

use nix::sys::signal::Signal::{SIGCONT, SIGTERM};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Server, assert_echo, counting, within};

const QUESTIONS: &[u8] = b"a question\nand another\n";

/// A client asks, and then comes the signal, before the server has had the time
/// to answer: it stands still meanwhile. Returns the answers and the exit code.
///
/// The signal is not that of Ctrl-C, which is ignored by whatever a script has
/// started in the background.
async fn asked_before_the_stop(name: &str) -> (Vec<u8>, Option<i32>) {
    let server = Server::spawn(&mut counting(name)).await;
    let mut client = server.connect().await;
    assert_echo(&mut client, b"hello\n").await;
    server.stand_still();
    client.write_all(QUESTIONS).await.unwrap();
    client.shutdown().await.unwrap();
    server.signal(SIGTERM);
    server.signal(SIGCONT);

    let mut answers = Vec::new();
    let reading = client.read_to_end(&mut answers);
    // It may be a reset.
    let _ = within("the end", reading).await;
    drop(client);
    (answers, server.end().await.0.code())
}

#[tokio::test]
async fn logged_cuts_off_its_clients_when_it_is_stopped() {
    let (answers, code) = asked_before_the_stop("logged").await;
    assert_eq!(answers.escape_ascii().to_string(), "");
    assert_eq!(code, None, "it is ended by the signal");
}

#[tokio::test]
async fn drained_lets_its_clients_finish() {
    let (answers, code) = asked_before_the_stop("drained").await;
    let questions = QUESTIONS.escape_ascii().to_string();
    assert_eq!(answers.escape_ascii().to_string(), questions);
    assert_eq!(code, Some(0));
}
