//! An echo server on io_uring: `cargo run --release --example uring`.
//!
//! It asks Linux for a read, and is told when the bytes are in its buffer; no
//! call of the system says that there is something to read. The runtime is
//! that of `compio`. Where the kernel does not allow io_uring, it says so.

#[cfg(target_os = "linux")]
mod echo_by_uring {
    use std::{io, net::Ipv4Addr};

    use anyhow::Context;
    use clap::Parser;
    use compio::{
        BufResult,
        io::{AsyncRead, AsyncWriteExt},
        net::{TcpSocket, TcpStream},
        runtime::{self, Runtime},
        time,
    };
    use echo::{
        cli,
        files::allow_files,
        server::{
            ACCEPT_PAUSE, BUFFER_SIZE, broke_in_the_queue,
            says_that_nobody_listens,
        },
        tuned::QUEUE,
    };

    /// Sends back whatever its clients send, by io_uring
    #[derive(Parser)]
    pub struct Args {
        #[command(flatten)]
        port: cli::Port,
    }

    pub fn run(args: &Args) -> anyhow::Result<()> {
        allow_files()?;
        let runtime = Runtime::new().context("there is no io_uring")?;
        runtime.block_on(async {
            let port = (Ipv4Addr::LOCALHOST, args.port.port);
            let socket = TcpSocket::new_v4().await?;
            socket.set_reuseaddr(true)?;
            socket.bind(port.into()).await?;
            let listener = socket.listen(QUEUE as i32).await?;
            println!("Listening on port {}...", listener.local_addr()?.port());
            loop {
                match listener.accept().await {
                    Ok((socket, _)) => runtime::spawn(client(socket)).detach(),
                    Err(error) => pass_over(error).await?,
                }
            }
        })
    }

    /// What `serve::pass_over` does, by the clock of this runtime, and without
    /// a word in the log.
    async fn pass_over(error: io::Error) -> io::Result<()> {
        if says_that_nobody_listens(&error) {
            return Err(error);
        }
        if !broke_in_the_queue(&error) {
            time::sleep(ACCEPT_PAUSE).await;
        }
        Ok(())
    }

    async fn client(socket: TcpStream) {
        // Where this fails, answers may come later, and that is all.
        let _ = socket.set_nodelay(true);
        let _ = echo(socket).await;
    }

    /// The system has the buffer while it reads and while it writes.
    // ANCHOR: echo
    async fn echo(mut socket: TcpStream) -> io::Result<()> {
        let mut buffer = Vec::with_capacity(BUFFER_SIZE);
        loop {
            buffer.clear();
            let BufResult(read, packet) = socket.read(buffer).await;
            if read? == 0 {
                return Ok(());
            }
            let BufResult(written, packet) = socket.write_all(packet).await;
            written?;
            buffer = packet;
        }
    }
    // ANCHOR_END: echo
}

#[cfg(target_os = "linux")]
fn main() {
    echo::cli::finish(echo_by_uring::run(&echo::cli::parse()))
}

#[cfg(not(target_os = "linux"))]
fn main() -> anyhow::Result<()> {
    anyhow::bail!("only Linux has io_uring")
}
