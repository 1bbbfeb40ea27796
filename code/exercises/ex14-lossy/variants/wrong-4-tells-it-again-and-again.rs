//! fails: each_loss_is_told_once
//!
//! A log that says what it lost: who says something never waits for who
//! writes.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
        mpsc::{SyncSender, sync_channel},
    },
    thread,
};

/// A log. When it is dropped, what waits is still written.
pub struct Log {
    lines: SyncSender<String>,
    lost: Arc<AtomicUsize>,
}

impl Log {
    /// Starts a log that writes to `writer`. As many as `room` lines may wait
    /// for that, at least 1.
    ///
    /// # Panics
    ///
    /// When the system has no thread left.
    pub fn start<W>(writer: W, room: usize) -> Log
    where
        W: Write + Send + 'static,
    {
        let (lines, said) = sync_channel::<String>(room);
        let lost = Arc::new(AtomicUsize::new(0));
        let mut pen = Pen {
            writer,
            lost: lost.clone(),
        };
        thread::spawn(move || {
            for line in said {
                pen.put_down(Some(&line));
            }
            pen.put_down(None);
        });
        Log { lines, lost }
    }

    /// Has a line written, which comes without its end, or loses it. Never
    /// waits.
    pub fn say(&self, line: &str) {
        // It is full, or the thread has panicked with its writer.
        if self.lines.try_send(line.to_owned()).is_err() {
            self.lost.fetch_add(1, Relaxed);
        }
    }
}

/// What the thread writes with.
struct Pen<W> {
    writer: W,
    lost: Arc<AtomicUsize>,
}

impl<W: Write> Pen<W> {
    /// Writes down what was lost, and the line behind it. If this fails, so
    /// much more is lost.
    fn put_down(&mut self, line: Option<&str>) {
        let lost = self.lost.load(Relaxed);
        let mut text = String::new();
        if lost > 0 {
            text += &format!("({lost} lines lost)\n");
        }
        if let Some(line) = line {
            text += &format!("{line}\n");
        }
        if self.write(&text).is_err() {
            let lines = usize::from(line.is_some());
            self.lost.fetch_add(lines, Relaxed);
        }
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.writer.write_all(text.as_bytes())?;
        self.writer.flush()
    }
}
