//! Clients that say nothing, and what they cost. Each has a buffer in
//! `server`, and none in `tuned`.

use echo::files::allow_files;

use crate::support::{Server, assert_echo, command, memory};

/// So many clients say nothing.
const SILENT: usize = 500;

/// What the future of a client of `server` has for its bytes, in KiB.
const A_BUFFER: u64 = 4;

/// How much more memory the program needs with all of them, in KiB.
async fn growth(program: &str) -> u64 {
    allow_files().unwrap();
    let mut command = command(program);
    let server = Server::spawn(command.arg("0")).await;
    assert_echo(&mut server.connect().await, b"warm up\n").await;
    let before = memory(server.id());
    let mut silent = Vec::new();
    for _ in 0..SILENT {
        silent.push(server.connect().await);
    }
    // Who comes last has got an answer, so the others are all there.
    assert_echo(silent.last_mut().unwrap(), b"hello\n").await;
    let after = memory(server.id());
    server.stop().await;
    after.saturating_sub(before)
}

#[tokio::test]
async fn server_has_a_buffer_for_each_silent_client() {
    let grown = growth("server").await;
    assert!(grown > SILENT as u64 * A_BUFFER, "{grown} KiB");
}

#[tokio::test]
async fn tuned_has_no_buffer_for_a_silent_client() {
    let grown = growth("tuned").await;
    assert!(grown < SILENT as u64 * A_BUFFER / 2, "{grown} KiB");
}
