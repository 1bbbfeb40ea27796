//! What the server tells whoever has started it: this test is systemd.

use std::path::PathBuf;

use nix::sys::signal::Signal::SIGTERM;
use tempfile::TempDir;
use tokio::{
    net::{TcpStream, UnixDatagram},
    process::Command,
};

use crate::{
    drains::deaf_client,
    support::{Server, assert_echo, command, counting, free_port, within},
};

/// Who starts services, and hears from them.
struct Manager {
    socket: UnixDatagram,
    folder: TempDir,
}

impl Manager {
    fn new() -> Manager {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        Manager { socket, folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("notify")
    }

    /// The next message.
    async fn message(&self) -> String {
        let mut message = [0; 1024];
        let receiving = self.socket.recv(&mut message);
        let length = within("a message", receiving).await.unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap()
    }

    /// Expects that nothing has come that was not read.
    fn assert_silence(&self) {
        let mut message = [0; 1024];
        let error = self.socket.try_recv(&mut message).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    }
}

/// `drained` by its port, `echod` by a file that says the same.
fn on_port(name: &str, port: u16, manager: &Manager) -> Command {
    let mut command = command(name);
    match name {
        "echod" => {
            let path = manager.folder.path().join("echod.toml");
            let settings = format!(
                "listen = '127.0.0.1:{port}'\nmetrics = '127.0.0.1:0'\n\
                 grace = '1h'\nlimits.write-time = '1h'\n"
            );
            std::fs::write(&path, settings).unwrap();
            command.arg("--settings").arg(path);
        }
        _ => {
            command.args([&port.to_string(), "--metrics-port", "0"]);
            command.args(["--grace", "1h", "--write-time", "1h"]);
        }
    }
    command.env("NOTIFY_SOCKET", manager.path());
    command
}

/// It is ready when the first client can connect, and not before.
#[tokio::test]
async fn it_is_ready_when_clients_can_connect() {
    for name in ["drained", "echod"] {
        for _ in 0..10 {
            let manager = Manager::new();
            let port = free_port();
            let mut command = on_port(name, port, &manager);
            let _server =
                command.stdout(std::process::Stdio::null()).spawn().unwrap();
            assert_eq!(manager.message().await, "READY=1\n");
            let connecting = TcpStream::connect(("127.0.0.1", port));
            let mut client = within("a connection", connecting)
                .await
                .expect("it was ready");
            assert_echo(&mut client, b"hello\n").await;
        }
    }
}

/// It begins when the signal comes, and the end is far away: a client that
/// never reads is waited for.
#[tokio::test]
async fn it_says_when_it_begins_to_stop_and_nothing_else() {
    for name in ["drained", "echod"] {
        let manager = Manager::new();
        let mut command = on_port(name, free_port(), &manager);
        let server = Server::spawn(&mut command).await;
        assert_eq!(manager.message().await, "READY=1\n");
        let _deaf = deaf_client(&server).await;
        manager.assert_silence();
        server.signal(SIGTERM);
        assert_eq!(manager.message().await, "STOPPING=1\n");
        server.signal(SIGTERM);
        let (status, _) = server.end().await;
        assert_eq!(status.code(), Some(3));
        manager.assert_silence();
    }
}

#[tokio::test]
async fn a_manager_that_is_gone_is_a_warning() {
    let gone = Manager::new().path();
    for path in [gone.as_os_str(), "nonsense".as_ref(), "".as_ref()] {
        let mut command = counting("drained");
        command.env("NOTIFY_SOCKET", path);
        let mut server = Server::spawn(&mut command).await;
        let warning = server.line("cannot notify").await;
        assert!(warning.contains(" WARN "), "{warning}");
        let mut client = server.connect().await;
        assert_echo(&mut client, b"hello\n").await;
        drop(client);
        server.signal(SIGTERM);
        let (status, log) = server.end().await;
        assert_eq!(status.code(), Some(0), "{log:#?}");
    }
}
