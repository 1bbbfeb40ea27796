//! What the server says of itself.
//!
//! It must not be able to stop the server. `println!` panics when nobody reads
//! any more, and waits when somebody reads slowly. Here a thread of its own
//! does the writing, and what it cannot write is left out.

use std::{
    fmt::Display,
    io::{self, Write},
    sync::{
        LazyLock,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

/// How many lines may wait for a slow reader, a few for each of some thousand
/// clients. What comes when so many wait is left out.
const WAITING: usize = 16 * 1024;

/// How long [`flush`] waits. All clients wait meanwhile.
const PATIENCE: Duration = Duration::from_millis(100);

enum Entry {
    Line(String),
    /// Everything before this has been written when it is answered.
    Flush(SyncSender<()>),
}

static LOG: LazyLock<SyncSender<Entry>> = LazyLock::new(|| {
    let (log, entries) = sync_channel(WAITING);
    // Without a thread there is no log, and the server goes on.
    let _ = thread::Builder::new().spawn(move || write(entries));
    log
});

/// Prints a line on the standard output, if and when that takes it.
// ANCHOR: say
pub fn say(line: impl Display) {
    let _ = LOG.try_send(Entry::Line(line.to_string()));
}
// ANCHOR_END: say

/// Waits until what was said is written, but not long. Whoever ends the
/// program, or becomes another, ends the thread that writes.
pub fn flush() {
    let (written, is_written) = sync_channel(1);
    if LOG.try_send(Entry::Flush(written)).is_ok() {
        let _ = is_written.recv_timeout(PATIENCE);
    }
}

fn write(entries: Receiver<Entry>) {
    for entry in entries {
        match entry {
            Entry::Line(line) => drop(writeln!(io::stdout(), "{line}")),
            Entry::Flush(written) => drop(written.send(())),
        }
    }
}
