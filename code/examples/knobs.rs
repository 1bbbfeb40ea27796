//! An echo server with a knob for each question of a chapter:
//! `cargo run --release --example knobs -- --workers 2`.
//!
//! Without an option it is the server of Part I, less what that prints and less
//! Nagle's rule. `compare` turns one knob at a time, and measures what has
//! changed. Nobody should write a server like this: it has all answers in it,
//! the wrong ones too.

use std::{cell::RefCell, io, net::Ipv4Addr, num::NonZero, pin::Pin};

use clap::{Parser, ValueEnum};
use echo::{cli, files::allow_files, serve::serve, server::BUFFER_SIZE, tuned};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    runtime::{Builder, Runtime},
    task::{self, coop::consume_budget},
};

/// What `TcpListener::bind` asks for.
const QUEUE_OF_BIND: u32 = 128;

/// An echo server with a knob for each question
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    port: cli::Port,
    #[command(flatten)]
    runtime: Scheduler,
    #[command(flatten)]
    knobs: Knobs,
    /// How many connections may wait to be accepted
    #[arg(long, default_value_t = QUEUE_OF_BIND)]
    queue: u32,
}

#[derive(clap::Args)]
struct Scheduler {
    /// How many threads share the tasks; 0 has one that shares with nobody
    #[arg(long)]
    workers: Option<usize>,
    /// After how many tasks a thread looks into the queue that all share
    #[arg(long)]
    global_queue_interval: Option<NonZero<u32>>,
}

#[derive(Clone, Copy, clap::Args)]
struct Knobs {
    /// What is said of each packet, and how, if the buffer is in the future
    #[arg(
        long,
        value_enum,
        default_value_t = Print::Nothing,
        conflicts_with = "buffer",
    )]
    print: Print,
    /// Where the bytes of a client are
    #[arg(long, value_enum, default_value_t = Buffer::Future)]
    buffer: Buffer,
}

#[derive(Clone, Copy, ValueEnum)]
enum Print {
    Nothing,
    /// As `println!` does: behind a lock, and each line at once
    Line,
    /// Each line at once, with no lock
    Unlocked,
}

#[derive(Clone, Copy, ValueEnum)]
enum Buffer {
    /// In each client's future, as `read` wants it
    Future,
    /// In the thread, after `readable` has said that there is something
    Readable,
    /// In the thread, as `tuned` has it
    Thread,
}

fn main() {
    cli::finish(run(&cli::parse()))
}

fn run(args: &Args) -> anyhow::Result<()> {
    allow_files()?;
    let knobs = args.knobs;
    let runtime = runtime(&args.runtime)?;
    runtime.block_on(async {
        let listener = listen(args.port.port, args.queue)?;
        println!("Listening on port {}...", listener.local_addr()?.port());
        let handler = move |(socket, _)| client(socket, knobs);
        // As in Part I, a worker accepts: not the thread that has begun.
        tokio::spawn(serve(listener, handler).run()).await??;
        Ok(())
    })
}

fn runtime(knobs: &Scheduler) -> io::Result<Runtime> {
    let mut builder = match knobs.workers {
        Some(0) => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if let Some(workers @ 1..) = knobs.workers {
        builder.worker_threads(workers);
    }
    if let Some(interval) = knobs.global_queue_interval {
        builder.global_queue_interval(interval.get());
    }
    builder.enable_all().build()
}

fn listen(port: u16, queue: u32) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(cfg!(unix))?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    socket.listen(queue)
}

/// A client's future, which has only what its own way needs. Whether the
/// client has closed or its wire broke, nobody is told.
fn client(
    mut socket: TcpStream,
    knobs: Knobs,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    // Where this fails, answers may come later, and that is all.
    let _ = socket.set_nodelay(true);
    match knobs.buffer {
        Buffer::Future => Box::pin(async move {
            let _ = in_future(socket, knobs.print).await;
        }),
        Buffer::Readable => Box::pin(async move {
            let _ = readable(socket).await;
        }),
        Buffer::Thread => Box::pin(async move {
            let _ = tuned::echo(&mut socket).await;
        }),
    }
}

/// As Part I does it.
async fn in_future(mut socket: TcpStream, print: Print) -> io::Result<()> {
    let id = task::id();
    let mut buffer = [0; BUFFER_SIZE];
    loop {
        let length = socket.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        let packet = &buffer[..length];
        match print {
            Print::Nothing => (),
            Print::Line => {
                println!("Task {id}: Got packet {}", packet.escape_ascii());
            }
            Print::Unlocked => unlocked(id, packet)?,
        }
        socket.write_all(packet).await?;
    }
}

thread_local! {
    static BUFFER: RefCell<[u8; BUFFER_SIZE]> =
        const { RefCell::new([0; BUFFER_SIZE]) };
}

/// What `println!` does, less the lock.
#[cfg(unix)]
fn unlocked(id: task::Id, packet: &[u8]) -> io::Result<()> {
    use std::{fs::File, io::Write, os::fd::AsFd};

    thread_local! {
        /// Standard output, which this thread has for itself.
        static OUTPUT: RefCell<Option<File>> = const { RefCell::new(None) };
    }
    let line = format!("Task {id}: Got packet {}\n", packet.escape_ascii());
    OUTPUT.with_borrow_mut(|output| {
        let file = match output.take() {
            Some(file) => file,
            None => io::stdout().as_fd().try_clone_to_owned()?.into(),
        };
        output.insert(file).write_all(line.as_bytes())
    })
}

#[cfg(not(unix))]
fn unlocked(_: task::Id, _: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Waits until there is something, and then has the thread's buffer for as
/// long as it takes to send it back.
// ANCHOR: readable
async fn readable(mut socket: TcpStream) -> io::Result<()> {
    loop {
        socket.readable().await?;
        match try_echo(&socket) {
            Ok(None) => return Ok(()),
            Ok(Some(rest)) => socket.write_all(&rest).await?,
            Err(error) if would_block(&error) => (),
            Err(error) => return Err(error),
        }
        consume_budget().await;
    }
}
// ANCHOR_END: readable

/// Reads once and writes once. Returns what the system has not taken, or
/// nothing when the client has closed.
fn try_echo(socket: &TcpStream) -> io::Result<Option<Vec<u8>>> {
    BUFFER.with_borrow_mut(|buffer| {
        let length = socket.try_read(buffer)?;
        let packet = &buffer[..length];
        let written = match socket.try_write(packet) {
            Err(error) if would_block(&error) => 0,
            written => written?,
        };
        Ok((length > 0).then(|| packet[written..].to_vec()))
    })
}

/// There is nothing to read, or no room to write.
fn would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}
