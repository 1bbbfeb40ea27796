//! The tests of the fourteenth exercise. Their writer waits, or fails, when it
//! is told to.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

use ex14_lossy::Log;
use testkit::{LIMIT, show};

/// What does not wait takes less, also on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(1);

/// What the writer of a log writes on, and what the tests look at.
#[derive(Default)]
struct Paper {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// What can be read.
    text: Vec<u8>,
    /// What has not been flushed.
    kept: Vec<u8>,
    /// A write with this word in it waits.
    held: Option<&'static str>,
    /// Such a write does so now.
    waits: bool,
    /// So many of the next writes fail.
    failing_writes: usize,
    /// So many of the next flushes fail, and lose what was kept.
    failing_flushes: usize,
    /// The next write panics.
    panics: bool,
    /// The writer was dropped.
    gone: bool,
}

/// It takes up to five bytes at a time, and keeps them until it is flushed.
struct Writer(Arc<Paper>);

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.state();
        loop {
            let is_held = |word: &str| show_all(bytes).contains(word);
            state.waits = state.held.is_some_and(is_held);
            self.0.changed.notify_all();
            if !state.waits {
                break;
            }
            let waiting = self.0.changed.wait(state);
            state = waiting.unwrap_or_else(PoisonError::into_inner);
        }
        assert!(!mem::take(&mut state.panics), "the writer panics");
        if state.failing_writes > 0 {
            state.failing_writes -= 1;
            return Err(io::Error::other("the disk is full"));
        }
        let length = bytes.len().min(5);
        state.kept.extend_from_slice(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut state = self.0.state();
        let kept = mem::take(&mut state.kept);
        self.0.changed.notify_all();
        if state.failing_flushes > 0 {
            state.failing_flushes -= 1;
            return Err(io::Error::other("the disk is full"));
        }
        state.text.extend(kept);
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.state().gone = true;
        self.0.changed.notify_all();
    }
}

fn show_all(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Paper {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what the writer does.
    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    /// Waits until something is so.
    fn until(&self, deed: &str, what: &str, is: impl Fn(&State) -> bool) {
        let waiting =
            self.changed
                .wait_timeout_while(self.state(), LIMIT, |state| !is(state));
        let (state, time) = waiting.unwrap_or_else(PoisonError::into_inner);
        assert!(
            !time.timed_out(),
            "{deed}; {what} did not happen in {LIMIT:?}, and up to then this \
             was written: {}",
            show(&state.text)
        );
    }

    /// Waits until the writer holds a line back.
    fn until_it_waits(&self, deed: &str) {
        self.until(deed, "its writing", |state| state.waits);
    }

    /// Waits until so many bytes can be read, and says what they must be.
    fn expect(&self, deed: &str, expected: &str) {
        let is_there = |state: &State| state.text.len() >= expected.len();
        let waiting =
            self.changed
                .wait_timeout_while(self.state(), LIMIT, |state| {
                    !is_there(state)
                });
        let (state, _) = waiting.unwrap_or_else(PoisonError::into_inner);
        assert!(
            state.text == expected.as_bytes(),
            "{deed}\n and expected {}\n      and read {}",
            show(expected.as_bytes()),
            show(&state.text)
        );
    }
}

/// A log, and what it writes on. When a test fails, whoever is held back by
/// the writer is let go.
struct Desk {
    paper: Arc<Paper>,
    log: Option<Arc<Log>>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.paper.set(|state| state.held = None);
    }
}

impl Desk {
    /// A log with room for so many lines.
    fn new(room: usize) -> Desk {
        let paper = Arc::new(Paper::default());
        let log = Log::start(Writer(paper.clone()), room);
        let log = Some(Arc::new(log));
        Desk { paper, log }
    }

    /// Says lines, one after the other, which must not take long.
    fn say(&self, deed: &str, lines: &[&str]) {
        let log = self.log.clone().expect("the log was dropped");
        let lines: Vec<String> = lines.iter().map(|&s| s.to_owned()).collect();
        let waiting = lines.clone();
        let (said, heard) = mpsc::channel();
        thread::spawn(move || {
            for line in lines {
                log.say(&line);
                let _ = said.send(());
            }
            // Before the end of `said`, so that nobody drops it later.
            drop(log);
        });
        for line in waiting {
            let said = heard.recv_timeout(AT_ONCE);
            assert!(
                !matches!(said, Err(mpsc::RecvTimeoutError::Timeout)),
                "{deed}; `say({line:?})` had not returned after {AT_ONCE:?}"
            );
            assert!(said.is_ok(), "{deed}; `say({line:?})` panicked");
        }
        // When this is over, the thread has dropped its log.
        let _ = heard.recv_timeout(AT_ONCE);
    }

    /// Drops the log, which must not take long.
    fn close(&mut self, deed: &str) {
        let log = self.log.take().expect("the log was dropped");
        let (closed, heard) = mpsc::channel();
        thread::spawn(move || {
            drop(log);
            let _ = closed.send(());
        });
        let heard = heard.recv_timeout(AT_ONCE);
        assert!(
            heard.is_ok(),
            "{deed}; dropping the log took longer than {AT_ONCE:?}"
        );
    }

    /// Has "one" held back in the writer, and returns when it is there.
    fn hold_back_one(&self) {
        self.paper.set(|state| state.held = Some("one"));
        let deed = "\"one\" was said";
        self.say(deed, &["one"]);
        self.paper.until_it_waits(deed);
    }

    fn let_go(&self) {
        self.paper.set(|state| state.held = None);
    }
}

#[test]
fn lines_are_written_in_order() {
    let desk = Desk::new(16);
    let deed = "\"the first line\", \"second\" and \"third\" were said";
    desk.say(deed, &["the first line", "second", "third"]);
    desk.paper.expect(deed, "the first line\nsecond\nthird\n");
}

#[test]
fn each_line_is_flushed() {
    let desk = Desk::new(16);
    let deed = "\"one\" was said, to a writer that keeps what is not flushed,";
    desk.say(deed, &["one"]);
    desk.paper.expect(deed, "one\n");
    let deed = "then \"two\" was said";
    desk.say(deed, &["two"]);
    desk.paper.expect(deed, "one\ntwo\n");
}

#[test]
fn nobody_waits_for_a_writer_that_is_stuck() {
    let desk = Desk::new(2);
    desk.paper.set(|state| state.held = Some("line"));
    let deed = "the writer is stuck, and ten lines were said";
    desk.say(deed, &["line"; 10]);
}

#[test]
fn what_finds_no_room_is_lost() {
    let desk = Desk::new(2);
    desk.hold_back_one();
    let deed = "there is room for 2, \"one\" is being written, and \"two\" to \
                \"six\" were said";
    desk.say(deed, &["two", "three", "four", "five", "six"]);
    desk.let_go();
    let expected = "one\n(3 lines lost)\ntwo\nthree\n";
    desk.paper.expect(deed, expected);
}

#[test]
fn each_loss_is_told_once() {
    let desk = Desk::new(1);
    desk.hold_back_one();
    let deed = "there is room for 1, \"one\" is being written, and \"two\" to \
                \"four\" were said";
    desk.say(deed, &["two", "three", "four"]);
    desk.let_go();
    desk.paper.expect(deed, "one\n(2 lines lost)\ntwo\n");

    let deed = "two lines were lost and told; then \"five\" was said";
    desk.say(deed, &["five"]);
    desk.paper.expect(deed, "one\n(2 lines lost)\ntwo\nfive\n");

    desk.paper.set(|state| state.held = Some("six"));
    let deed = "then \"six\" was said, and while it is written, \"seven\" and \
                \"eight\"";
    desk.say(deed, &["six"]);
    desk.paper.until_it_waits(deed);
    desk.say(deed, &["seven", "eight"]);
    desk.let_go();
    let expected = "one\n(2 lines lost)\ntwo\nfive\nsix\n(1 lines lost)\n\
                    seven\n";
    desk.paper.expect(deed, expected);
}

#[test]
fn a_line_that_cannot_be_written_is_lost() {
    let desk = Desk::new(16);
    desk.paper.set(|state| state.failing_writes = 1);
    let deed = "the writer failed once, \"one\" and \"two\" were said";
    desk.say(deed, &["one", "two"]);
    desk.paper.expect(deed, "(1 lines lost)\ntwo\n");
}

#[test]
fn a_line_that_cannot_be_flushed_is_lost() {
    let desk = Desk::new(16);
    desk.paper.set(|state| state.failing_flushes = 1);
    let deed = "the writer took \"one\", but its `flush` failed; then \"two\" \
                was said";
    desk.say(deed, &["one", "two"]);
    desk.paper.expect(deed, "(1 lines lost)\ntwo\n");
}

#[test]
fn a_loss_that_cannot_be_told_is_told_later() {
    let desk = Desk::new(16);
    desk.paper.set(|state| state.failing_writes = 2);
    let deed = "the writer failed twice, \"one\", \"two\" and \"three\" were \
                said";
    desk.say(deed, &["one", "two", "three"]);
    desk.paper.expect(deed, "(2 lines lost)\nthree\n");
}

#[test]
fn what_is_lost_meanwhile_is_told_later() {
    let desk = Desk::new(1);
    desk.hold_back_one();
    let deed = "there is room for 1, \"one\" is being written, and \"two\" to \
                \"four\" were said";
    desk.say(deed, &["two", "three", "four"]);
    desk.paper.set(|state| state.held = Some("lost"));
    desk.paper.until(deed, "the telling of a loss", |state| {
        state.waits && !state.text.is_empty()
    });
    let deed = "while the loss of 2 is being told, \"five\" to \"eight\" were \
                said";
    desk.say(deed, &["five", "six", "seven", "eight"]);
    desk.let_go();
    let expected = "one\n(2 lines lost)\ntwo\n(3 lines lost)\nfive\n";
    desk.paper.expect(deed, expected);
}

#[test]
fn nobody_panics_with_the_writer() {
    let desk = Desk::new(1);
    desk.paper.set(|state| state.panics = true);
    let deed = "the writer panicked when it wrote \"one\"";
    desk.say(deed, &["one"]);
    desk.paper
        .until(deed, "the end of the writer", |state| state.gone);
    let log = desk.log.clone().expect("nobody has dropped it");
    let saying = thread::spawn(move || log.say("two"));
    assert!(
        saying.join().is_ok(),
        "{deed}; then \"two\" was said, and `say` panicked, too"
    );
}

#[test]
fn nobody_waits_at_the_end() {
    let mut desk = Desk::new(2);
    desk.hold_back_one();
    let deed = "\"one\" is being written, \"two\" was said, the log dropped";
    desk.say(deed, &["two"]);
    desk.close(deed);
    desk.let_go();
    desk.paper.expect(deed, "one\ntwo\n");
    desk.paper
        .until(deed, "the end of the thread", |state| state.gone);
}

#[test]
fn the_last_loss_is_told_at_the_end() {
    let mut desk = Desk::new(16);
    let deed = "\"one\" was said";
    desk.say(deed, &["one"]);
    desk.paper.expect(deed, "one\n");
    desk.paper.set(|state| state.failing_writes = 1);
    let deed = "\"one\" was written, \"two\" failed, and the log was dropped";
    desk.say(deed, &["two"]);
    desk.close(deed);
    desk.paper.expect(deed, "one\n(1 lines lost)\n");
    desk.paper
        .until(deed, "the end of the thread", |state| state.gone);
}

/// However it goes, each line is either written or counted.
#[test]
fn many_at_once_are_counted_well() {
    const EACH: usize = 2000;
    let mut desk = Desk::new(4);
    let log = desk.log.clone().expect("nobody has dropped it");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..EACH).for_each(|_| log.say("line")));
        }
    });
    drop(log);
    let deed = "4 threads said 2000 lines each, and the log was dropped";
    desk.close(deed);
    desk.paper
        .until(deed, "the end of the thread", |state| state.gone);
    let text = show_all(&desk.paper.state().text);
    let (mut written, mut lost) = (0, 0);
    for line in text.lines() {
        let number = line.strip_prefix('(').and_then(|line| {
            line.strip_suffix(" lines lost)")?.parse::<usize>().ok()
        });
        match (line, number) {
            ("line", _) => written += 1,
            (_, Some(number)) => lost += number,
            _ => panic!("{deed}, and this was written: {line:?}"),
        }
    }
    assert!(
        written + lost == 4 * EACH,
        "{deed}; {written} were written, and {lost} lost, as the log says"
    );
}
