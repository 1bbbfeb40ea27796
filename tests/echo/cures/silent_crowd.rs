//! Clients that say nothing, and what they cost. Each has a buffer in
//! `server`, and none in `tuned`.

use tokio::process::Command;

use crate::support::{Server, alone, assert_echo, command, own_memory};

/// So many clients say nothing.
const SILENT: usize = 2000;

/// So many come at a time, and they fit into any queue.
const AT_ONCE: usize = 100;

/// What the future of a client of `server` has for its bytes, in KiB.
const A_BUFFER: u64 = 4;

/// How much more memory the program needs with all of them, in KiB.
async fn growth(command: &mut Command) -> u64 {
    let _alone = alone().await;
    let server = Server::spawn(command.arg("0")).await;
    assert_echo(&mut server.connect().await, b"warm up\n").await;
    let before = own_memory(server.id());
    let mut silent = Vec::new();
    for number in 1..=SILENT {
        silent.push(server.connect().await);
        if number % AT_ONCE == 0 {
            // Who comes last has got an answer, so the others are all there.
            assert_echo(silent.last_mut().unwrap(), b"hello\n").await;
        }
    }
    let after = own_memory(server.id());
    server.stop().await;
    after.saturating_sub(before)
}

#[tokio::test]
async fn server_has_a_buffer_for_each_silent_client() {
    let grown = growth(&mut command("server")).await;
    assert!(grown > SILENT as u64 * A_BUFFER, "{grown} KiB");
}

#[tokio::test]
async fn tuned_has_no_buffer_for_a_silent_client() {
    let grown = growth(command("tuned").args(["--threads", "1"])).await;
    assert!(grown < SILENT as u64 * A_BUFFER / 2, "{grown} KiB");
}
