//! The figures of the server: `cargo run -p ex23-bottleneck --example
//! bottleneck`. They are counted, so they are the same each time.

use std::{io, process::ExitCode, sync::Arc};

use allocation_counter::{AllocationInfo, measure};
use ex23_bottleneck::{Totals, talk};
use testkit::{
    LIMIT,
    by_hand::finish,
    counted::{Calls, Wire},
};
use tokio::{sync::Mutex, time::timeout};

/// So many messages are sent.
const MANY_MESSAGES: usize = 1000;

fn main() -> ExitCode {
    finish(run())
}

fn run() -> io::Result<()> {
    let (calls, allocated) = one_by_one(MANY_MESSAGES)?;
    let (_, twice) = one_by_one(2 * MANY_MESSAGES)?;
    let each = |count: usize| count / MANY_MESSAGES;
    let more = |twice: u64, once: u64| {
        twice.saturating_sub(once) / MANY_MESSAGES as u64
    };
    println!("For a message of 64 bytes:");
    line("calls of poll_read", each(calls.reads), "1");
    line("calls of poll_write", each(calls.writes), "1");
    line("calls of poll_flush", each(calls.flushes), "1");
    let count = more(twice.count_total, allocated.count_total);
    line("allocations", count, "0");
    let bytes = more(twice.bytes_total, allocated.bytes_total);
    line("bytes allocated", bytes, "0");
    println!("For a client:");
    line("bytes kept at a time", allocated.bytes_max, "24576");
    println!("When 100 messages come at once:");
    line("calls of poll_read", at_once()?, "10");
    println!("While another client takes no answer:");
    line("answers to 10 messages", beside_a_deaf_one()?, "10");
    Ok(())
}

fn line(what: &str, is: impl std::fmt::Display, enough: &str) {
    println!("  {what:<24} {is:>8}, and {enough} will do");
}

/// So many messages, each when the last one is answered.
fn messages(count: usize) -> Wire {
    let mut message = vec![0, 64];
    message.extend_from_slice(&[b'x'; 64]);
    Wire::new(&vec![message; count])
}

fn one_by_one(count: usize) -> io::Result<(Calls, AllocationInfo)> {
    let (mut first, mut wire) = (messages(1), messages(count));
    let runtime = runtime()?;
    // What the runtime keeps for itself is not the server's.
    runtime.block_on(talk(&mut first, Arc::default()))?;
    let mut ended = Ok(());
    let talking = talk(&mut wire, Arc::default());
    let allocated = measure(|| ended = runtime.block_on(talking));
    ended?;
    Ok((wire.calls, allocated))
}

fn at_once() -> io::Result<usize> {
    let mut wire = messages(100);
    wire.window = usize::MAX;
    runtime()?.block_on(talk(&mut wire, Arc::default()))?;
    Ok(wire.calls.reads)
}

fn beside_a_deaf_one() -> io::Result<usize> {
    let (mut deaf, mut wire) = (messages(1), messages(10));
    deaf.room = 0;
    let totals = Arc::new(Mutex::new(Totals::default()));
    let both = async {
        let talking = talk(&mut wire, totals.clone());
        tokio::join!(talk(&mut deaf, totals), talking)
    };
    // The clock is paused: it jumps when there is nothing left to do.
    runtime()?.block_on(async { timeout(LIMIT, both).await.ok() });
    Ok(wire.answered())
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build()
}
