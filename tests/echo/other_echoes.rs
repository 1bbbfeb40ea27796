use std::{fs, path::Path, process::Stdio};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Command,
    task::yield_now,
    time::timeout,
};

use crate::{
    connections::{piece, write_until_nothing_moves},
    peers::{TIME_TO_BUILD, is_installed, source},
    shortage::{crowd_of, read_hello},
    support::{
        Server, assert_echo, assert_same, example, with_few_files, within,
    },
};

/// Enough files for any of them and a few clients.
pub const FILES: usize = 40;

/// A compiler has so long for a peer.
async fn build(command: &str, arguments: &[&Path]) {
    let mut building = Command::new(command);
    if command == "go" {
        building.arg("build");
    } else {
        building.arg("-O2");
    }
    building.arg("-o").args(arguments).stdin(Stdio::null());
    let building = building.kill_on_drop(true).status();
    let built = timeout(TIME_TO_BUILD, building).await.expect("a build");
    assert!(built.unwrap().success(), "{command} builds {arguments:?}");
}

/// All that an echo server has to do, of whatever language it is.
async fn echoes_like_the_others(command: &mut Command) -> Server {
    let command = command.arg("0").stdin(Stdio::null()).kill_on_drop(true);
    let server = Server::spawn(command).await;
    let mut stays = server.connect().await;
    assert_echo(&mut stays, b"I stay").await;

    echoes_what_comes_in_pieces(&server).await;
    answers_all_after_a_half_close(&server).await;
    survives_resets(&server).await;

    assert_echo(&mut stays, b"I am still here").await;
    server
}

async fn echoes_what_comes_in_pieces(server: &Server) {
    let mut socket = server.connect().await;
    socket.set_nodelay(true).unwrap();
    for piece in ["hel", "lo", "\n", "\n", "a", "gain"] {
        assert_echo(&mut socket, piece.as_bytes()).await;
    }
}

/// The way is full, in both directions, when the client ends its own. So the
/// server can write only parts, and has to keep the rest.
async fn answers_all_after_a_half_close(server: &Server) {
    let mut socket = server.connect().await;
    let sent = write_until_nothing_moves(&mut socket).await;
    socket.shutdown().await.unwrap();
    let mut echo = Vec::new();
    let reading = socket.read_to_end(&mut echo);
    within("the echo and its end", reading).await.unwrap();
    let sent: Vec<_> = piece().into_iter().cycle().take(sent).collect();
    assert_same(&echo, &sent);
}

/// One resets while it is silent, one while the server has something for it.
async fn survives_resets(server: &Server) {
    let mut silent = server.connect().await;
    assert_echo(&mut silent, b"I break off").await;
    reset(silent);
    let mut greedy = server.connect().await;
    write_until_nothing_moves(&mut greedy).await;
    reset(greedy);
    assert_echo(&mut server.connect().await, b"I am new").await;
}

fn reset(socket: TcpStream) {
    socket.set_zero_linger().unwrap();
}

/// There are no files left for some clients. They wait until others leave, and
/// so does the server, as far as its first thread tells.
pub async fn waits_and_recovers(server: Server) {
    let mut clients = crowd_of(&server, FILES).await;
    read_hello(&mut clients[0]).await;
    let asleep = async {
        while !sleeps(server.id()) {
            yield_now().await;
        }
    };
    within("the server to fall asleep", asleep).await;
    drop(clients.remove(0));
    for mut client in clients {
        read_hello(&mut client).await;
    }
    server.stop().await;
}

/// Whether the first thread of a process waits for something.
fn sleeps(id: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    stat.rsplit_once(") ").unwrap().1.starts_with('S')
}

#[tokio::test]
async fn the_server_in_c_echoes_like_the_others() {
    if is_installed("cc") {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("echo");
        build("cc", &[&program, &source("echo.c")]).await;
        let mut command = with_few_files(program, FILES);
        waits_and_recovers(echoes_like_the_others(&mut command).await).await;
    }
}

#[tokio::test]
async fn the_server_in_go_echoes_like_the_others() {
    if is_installed("go") {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("echo");
        build("go", &[&program, &source("echo.go")]).await;
        let mut command = with_few_files(program, FILES);
        waits_and_recovers(echoes_like_the_others(&mut command).await).await;
    }
}

#[tokio::test]
async fn the_server_in_elixir_echoes_like_the_others() {
    if is_installed("elixir") {
        let mut elixir = with_few_files("elixir".into(), FILES);
        elixir.arg(source("echo.exs"));
        waits_and_recovers(echoes_like_the_others(&mut elixir).await).await;
    }
}

#[tokio::test]
async fn the_server_in_node_echoes_like_the_others() {
    if is_installed("node") {
        let mut node = Command::new("node");
        let node = node.arg(source("echo.js"));
        echoes_like_the_others(node).await.stop().await;
    }
}

#[tokio::test]
async fn the_server_in_python_echoes_like_the_others() {
    if is_installed("python3") {
        let mut python = Command::new("python3");
        let python = python.arg(source("echo.py"));
        echoes_like_the_others(python).await.stop().await;
    }
}

#[tokio::test]
async fn the_server_of_threads_echoes_like_the_others() {
    let mut command = with_few_files(example("threads"), FILES);
    waits_and_recovers(echoes_like_the_others(&mut command).await).await;
}
