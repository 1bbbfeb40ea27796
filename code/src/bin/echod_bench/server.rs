//! The two servers that are compared: each a process of its own.

use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::Stdio,
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::{Duration, sleep, timeout},
};

use crate::LIMIT;

/// The argument that has this program be the plain server.
pub const PLAIN: &str = "plain";

/// As much as a read of Part I takes.
const BUFFER_SIZE: usize = 4096;

/// Everything is on, and there is room for all clients.
const SETTINGS: &str = "listen = '127.0.0.1:0'
metrics = '127.0.0.1:0'
[limits]
per-address = 800
";

/// A server that is measured. It ends when this is dropped.
pub struct Server {
    pub addr: SocketAddr,
    _child: Child,
    _folder: Option<TempDir>,
}

impl Server {
    /// The conversation of Part I.
    pub async fn plain() -> Result<Server> {
        let mut child = Command::new(env::current_exe()?)
            .arg(PLAIN)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("it has an output")?;
        let mut line = String::new();
        let mut output = BufReader::new(stdout);
        timeout(LIMIT, output.read_line(&mut line)).await??;
        Ok(Server {
            addr: line.trim_end().parse()?,
            _child: child,
            _folder: None,
        })
    }

    /// `echod`, which writes its log into a file.
    pub async fn echod() -> Result<Server> {
        let folder = tempfile::tempdir()?;
        let settings = folder.path().join("echod.toml");
        fs::write(&settings, SETTINGS)?;
        let log = folder.path().join("log");
        let child = Command::new(beside("echod")?)
            .arg("--settings")
            .arg(settings)
            .env_remove("RUST_LOG")
            .stdout(fs::File::create(&log)?)
            .kill_on_drop(true)
            .spawn()?;
        let listening = async {
            loop {
                let said = fs::read_to_string(&log)?;
                if let Some((_, said)) = said.split_once("Listening on port ")
                    && let Some((port, _)) = said.split_once("...")
                {
                    let addr = (Ipv4Addr::LOCALHOST, port.parse()?);
                    return Ok::<_, anyhow::Error>(addr.into());
                }
                sleep(Duration::from_millis(10)).await;
            }
        };
        Ok(Server {
            addr: timeout(LIMIT, listening).await??,
            _child: child,
            _folder: Some(folder),
        })
    }
}

/// A program that was built together with this one.
fn beside(name: &str) -> Result<PathBuf> {
    let path = env::current_exe()?.with_file_name(name);
    let path = path.with_extension(env::consts::EXE_EXTENSION);
    ensure!(
        path.exists(),
        "{} is missing: cargo build --release --bins",
        path.display()
    );
    Ok(path)
}

/// Is the plain server, until it is killed.
pub async fn plain() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(client_loop(socket));
    }
}

/// Sends back whatever arrives, as in Part I, and says nothing of it.
async fn client_loop(mut socket: TcpStream) {
    let mut buffer = [0; BUFFER_SIZE];
    loop {
        let packet = match socket.read(&mut buffer).await {
            Ok(length) if length > 0 => &buffer[..length],
            _ => return,
        };
        if socket.write_all(packet).await.is_err() {
            return;
        }
    }
}
