//! Sessions played before a reader's eyes.
#![cfg(all(unix, feature = "sessions"))]

use std::{
    collections::BTreeMap,
    env, fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::mpsc::{Receiver, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use mdbook_proof::{
    book::SessionSettings,
    finding::File,
    page::Page,
    session::{
        Session,
        copy::{Alone, folder},
        live::{Input, Kind, Notice, Play, Reader, Way, play, reader},
    },
};
use rustix::process::{Pid, test_kill_process};

/// How long anything here may take.
const LIMIT: Duration = Duration::from_secs(20);

fn session(text: &str) -> Session {
    let file = File::new("page.md", text);
    let page = Page::parse(&file);
    let is_session =
        |block: &&_| mdbook_proof::page::Block::language(block) == "session";
    let block = page.blocks.iter().find(is_session).unwrap();
    Session::parse(&file, block).unwrap()
}

fn lines(lines: &str) -> Session {
    session(&format!("# Page\n\n```session\n{lines}\n```\n"))
}

fn play_of(root: &Path, session: Session, way: Way) -> Play {
    Play {
        root: root.to_owned(),
        settings: SessionSettings {
            ports: [("GREETER_PORT", 7000), ("COUNTER_PORT", 7001)]
                .map(|(name, port)| (name.to_owned(), port))
                .into(),
            varying: vec!["id {}".to_owned()],
            deadline: 2,
            ..SessionSettings::default()
        },
        session,
        is_compared: true,
        way,
        pace: Duration::ZERO,
        patience: LIMIT,
    }
}

/// A play in a thread of its own, and what it tells.
struct Playing {
    reader: Reader,
    notices: Receiver<Notice>,
    thread: JoinHandle<()>,
}

impl Playing {
    fn of(play_: Play) -> Playing {
        let (reader, ear) = reader();
        let (sender, notices) = channel();
        let thread = thread::spawn(move || {
            play(&play_, ear, &mut |notice| drop(sender.send(notice)));
        });
        Playing {
            reader,
            notices,
            thread,
        }
    }

    /// The next notice of which this is true.
    fn wait(&self, what: impl Fn(&Notice) -> bool) -> Notice {
        let until = Instant::now() + LIMIT;
        let mut told = Vec::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.notices.recv_timeout(left) {
                Ok(notice) if what(&notice) => return notice,
                Ok(notice) => told.push(notice),
                Err(error) => panic!("{error}, and before: {told:#?}"),
            }
        }
    }

    fn verdict(
        &self,
    ) -> (String, Option<mdbook_proof::session::live::Difference>) {
        match self.wait(|one| matches!(one, Notice::Verdict { .. })) {
            Notice::Verdict { said, difference } => (said, difference),
            _ => unreachable!(),
        }
    }

    fn printed(&self, text: &str) {
        self.wait(|one| {
            matches!(one, Notice::Printed { text: line, .. } if line == text)
        });
    }

    /// A line that begins so, without its beginning.
    fn printed_after(&self, start: &str) -> String {
        let begins = |one: &Notice| matches!(one, Notice::Printed { text, .. } if text.starts_with(start));
        match self.wait(begins) {
            Notice::Printed { text, .. } => text[start.len()..].to_owned(),
            _ => unreachable!(),
        }
    }

    fn refused(&self) -> String {
        match self.wait(|one| matches!(one, Notice::Refused { .. })) {
            Notice::Refused { why } => why,
            _ => unreachable!(),
        }
    }

    fn free(&self) -> String {
        match self.wait(|one| matches!(one, Notice::Free { .. })) {
            Notice::Free { why } => why,
            _ => unreachable!(),
        }
    }

    fn over(self) -> String {
        let why = match self.wait(|one| matches!(one, Notice::Over { .. })) {
            Notice::Over { why } => why,
            _ => unreachable!(),
        };
        self.thread.join().unwrap();
        why
    }

    fn type_in(&self, terminal: &str, text: &str) {
        let (terminal, text) = (terminal.to_owned(), text.to_owned());
        assert!(self.reader.ask(Input::Type { terminal, text }));
    }

    fn turn(&self) -> (String, Kind, String) {
        match self.wait(|one| matches!(one, Notice::Turn { .. })) {
            Notice::Turn {
                terminal,
                kind,
                text,
            } => (terminal, kind, text),
            _ => unreachable!(),
        }
    }
}

/// A process that is dead, and that nobody has asked about, has gone.
fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    if stat.is_ok_and(|stat| stat.contains(") Z ")) {
        return false;
    }
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    test_kill_process(pid).is_ok()
}

/// Two terminals, in which numbers differ from the page's.
const TALK: &str = "\
a $ echo id $(( 40 + 2 )); cat\n\
a | id 1\n\
a < hello\n\
a | hello\n\
b $ echo id $(( 40 + 2 )), port $GREETER_PORT, $COUNTER_PORT\n\
b | id 1, port 7000, 7001\n\
a ^D";

#[test]
fn what_the_page_says_is_typed_and_compared() {
    let root = tempfile::tempdir().unwrap();
    let playing = Playing::of(play_of(root.path(), lines(TALK), Way::Watch));
    let started = playing.wait(|_| true);
    let Notice::Started {
        terminals,
        steps,
        ports,
    } = started
    else {
        panic!("{started:?}");
    };
    assert_eq!((terminals, steps), (vec!["a".into(), "b".into()], 7));
    let [(first, free), (second, other)] = &ports[..] else {
        panic!("{ports:?}");
    };
    assert_eq!((&**first, &**second), ("7000", "7001"));
    assert!(![first, second, other].contains(&free));
    playing.printed("id 42");
    playing.printed("hello");
    // The page's ports stand for the free ones.
    playing.printed("id 42, port 7000, 7001");
    assert_eq!(playing.verdict(), ("as the page says, 7 of 7".into(), None));
    playing.reader.stop("");
    assert_eq!(playing.over(), "");
}

#[test]
fn a_reader_types_what_it_is_the_turn_of() {
    let root = tempfile::tempdir().unwrap();
    let playing = Playing::of(play_of(root.path(), lines(TALK), Way::Yourself));
    let mut turns = 0;
    loop {
        let notice = playing.wait(|one| {
            matches!(one, Notice::Turn { .. } | Notice::Verdict { .. })
        });
        let Notice::Turn {
            terminal,
            kind,
            text,
        } = notice
        else {
            break;
        };
        turns += 1;
        if kind == Kind::Key {
            let key = text.chars().next().unwrap();
            assert!(playing.reader.ask(Input::Key { terminal, key }));
        } else {
            playing.type_in(&terminal, &text);
        }
    }
    assert_eq!(turns, 4);
    playing.reader.stop("");
    assert_eq!(playing.over(), "");
}

#[test]
fn another_line_is_shown_beside_the_pages_and_the_programs_stay() {
    let root = tempfile::tempdir().unwrap();
    let text = "a $ echo one; cat\na | one\na < two\na | three\na < four";
    let playing = Playing::of(play_of(root.path(), lines(text), Way::Watch));
    let (said, difference) = playing.verdict();
    assert_eq!(said, "not as the page says, from line 4");
    let difference = difference.unwrap();
    assert_eq!(
        (
            difference.step,
            difference.expected.as_deref(),
            difference.got.as_deref()
        ),
        (4, Some("three"), Some("two"))
    );
    playing.free();
    playing.type_in("a", "still here");
    playing.printed("still here");
    playing.reader.stop("");
    playing.over();
}

#[test]
fn a_line_too_many_and_one_that_never_comes_are_differences() {
    let root = tempfile::tempdir().unwrap();
    for (text, why) in [
        (
            "a $ echo one; cat\na < two\na | two",
            "before this, `a` printed",
        ),
        ("a $ echo one", "after the last line, `a` printed"),
        ("a $ true\na | one", "the program ended without"),
        ("a $ cat\na | one", "did not appear in 2 seconds"),
        ("a $ cat\na $ cat", "the program before it has not ended"),
    ] {
        let play = play_of(root.path(), lines(text), Way::Watch);
        let playing = Playing::of(play);
        let (_, difference) = playing.verdict();
        let said = difference.unwrap().why;
        assert!(said.contains(why), "{text}: {said}");
        playing.reader.stop("");
        playing.over();
    }
}

#[test]
fn who_types_something_else_is_free_and_no_command_but_the_pages_is_run() {
    let root = tempfile::tempdir().unwrap();
    let text = "a $ cat\na < hello\na | hello\nb $ echo of the page";
    let playing = Playing::of(play_of(root.path(), lines(text), Way::Yourself));
    let evil = format!("touch {}", root.path().join("evil").display());
    let terminal = |name: &str| name.to_owned();
    assert_eq!(playing.turn().2, "cat");
    playing.type_in("a", &evil);
    assert!(playing.refused().contains("next command, and no other"));
    // A command of the page, but not the next one.
    playing.type_in("b", "echo of the page");
    playing.refused();
    assert!(playing.reader.ask(Input::Key {
        terminal: terminal("a"),
        key: 'C'
    }));
    assert_eq!(playing.refused(), "Nothing runs here.");
    playing.type_in("a", "cat");
    assert_eq!(playing.turn().2, "hello");
    playing.type_in("a", "something else");
    assert!(playing.free().contains("something else"));
    playing.printed("something else");
    playing.type_in("b", &evil);
    assert!(playing.refused().contains("the page's commands only"));
    playing.type_in("nowhere", &evil);
    playing.refused();
    // Where the session is free, its commands can be run in any order.
    playing.type_in("b", "echo of the page");
    playing.printed("of the page");
    playing.reader.stop("");
    playing.over();
    assert!(!root.path().join("evil").exists());
}

#[test]
fn when_a_play_is_over_its_processes_have_gone() {
    let root = tempfile::tempdir().unwrap();
    let text = "a $ echo pid $$; sleep 1000 & echo child $!; wait";
    let playing = Playing::of(play_of(root.path(), lines(text), Way::Watch));
    let pid = playing.printed_after("pid ");
    let child = playing.printed_after("child ");
    assert!(is_alive(&pid) && is_alive(&child));
    let asked = Instant::now();
    playing.reader.stop("enough");
    assert_eq!(playing.over(), "enough");
    assert!(asked.elapsed() < Duration::from_secs(1));
    // The shell has gone. Its child was killed with it, and the system may
    // take a moment for that.
    assert!(!is_alive(&pid));
    while is_alive(&child) {
        assert!(asked.elapsed() < LIMIT, "it is still there");
        thread::yield_now();
    }
}

#[test]
fn what_prints_without_end_is_stopped_and_can_be_stopped() {
    let root = tempfile::tempdir().unwrap();
    // By lines, by bytes, and without ever ending a line.
    for command in [
        "yes",
        "yes $(printf %2000s | tr ' ' x)",
        "tr '\\0' x < /dev/zero",
    ] {
        let text = format!("a $ {command}\na | never");
        let mut play = play_of(root.path(), lines(&text), Way::Watch);
        play.is_compared = false;
        let why = Playing::of(play).over();
        assert!(why.contains("without end"), "{command}: {why}");
    }
}

#[test]
fn who_types_nothing_for_long_is_sent_home() {
    let root = tempfile::tempdir().unwrap();
    let text = "a $ while :; do echo again; sleep 0.05; done";
    let mut play = play_of(root.path(), lines(text), Way::Watch);
    play.patience = Duration::from_millis(500);
    let why = Playing::of(play).over();
    assert!(why.contains("nothing was typed for"), "{why}");
}

#[test]
fn a_program_that_is_missing_is_named() {
    let root = tempfile::tempdir().unwrap();
    let text = "a $ echo one\nb $ no-such-program";
    let play = play_of(root.path(), lines(text), Way::Watch);
    let why = Playing::of(play).over();
    assert_eq!(why, "this machine has no `no-such-program`");
}

#[test]
fn visitors_come_when_the_session_is_free_and_not_too_many() {
    let root = tempfile::tempdir().unwrap();
    let text = "a $ cat\na < hello\na | hello";
    let mut play = play_of(root.path(), lines(text), Way::Yourself);
    play.settings.visitors =
        vec!["no-such-program 7000".into(), "echo to 7000; cat".into()];
    let playing = Playing::of(play);
    playing.turn();
    assert!(playing.reader.ask(Input::Visit));
    assert!(playing.refused().contains("come to its end first"));
    playing.type_in("a", "cat");
    playing.turn();
    playing.type_in("a", "hello");
    playing.verdict();
    for visitor in 1..=4 {
        assert!(playing.reader.ask(Input::Visit));
        playing.printed("to 7000");
        let text = format!("from {visitor}");
        playing.type_in(&format!("netcat-{visitor}"), &text);
        playing.printed(&text);
    }
    assert!(playing.reader.ask(Input::Visit));
    assert_eq!(playing.refused(), "There are enough of them.");
    for terminal in ["a", "netcat-1", "netcat-2", "netcat-3", "netcat-4"] {
        let (terminal, key) = (terminal.to_owned(), 'D');
        assert!(playing.reader.ask(Input::Key { terminal, key }));
    }
    for _ in 0..5 {
        playing.wait(|one| matches!(one, Notice::Ended { .. }));
    }
    assert!(playing.reader.ask(Input::Visit));
    assert_eq!(playing.refused(), "No server runs here any more.");
    playing.reader.stop("");
    playing.over();
}

/// A cargo that says what it was told.
fn fake_cargo(root: &Path) -> String {
    let folder = root.join("bin");
    fs::create_dir(&folder).unwrap();
    let cargo = folder.join("cargo");
    let script = "#!/bin/sh\n\
                  case $1 in build) echo \"   Compiling $*\" >&2;; \
                  *) echo \"$1 in quiet: $CARGO_TERM_QUIET\";; esac\n";
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", folder.display(), env::var("PATH").unwrap())
}

#[test]
fn what_cargo_builds_is_told_as_progress_and_is_no_line_of_the_session() {
    let root = tempfile::tempdir().unwrap();
    let text = "a $ cargo run --bin server\na | run in quiet: true";
    let mut play = play_of(root.path(), lines(text), Way::Watch);
    play.settings.env = BTreeMap::from([
        ("PATH".to_owned(), fake_cargo(root.path())),
        ("CARGO_TERM_QUIET".to_owned(), "true".to_owned()),
    ]);
    let playing = Playing::of(play);
    playing.wait(|one| {
        let built = "Compiling build --bin server";
        matches!(one, Notice::Progress { text } if text == built)
    });
    assert_eq!(playing.verdict().0, "as the page says, 2 of 2");
    playing.reader.stop("");
    playing.over();
}

/// A page with an edit, and a session that makes it.
const EDITED: &str = "\
# Page\n\n\
```edit,file=say.sh\n\
-echo one\n\
+echo two\n\
```\n\n\
```session,copy\n\
a $ sh say.sh\n\
a | one\n\
editor ~ say.sh\n\
a $ sh say.sh\n\
a | two\n\
```\n";

#[test]
fn an_edit_is_made_in_a_copy_that_nobody_else_has_and_thrown_away() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    fs::write(root.join("say.sh"), "echo one\n").unwrap();
    let alone = Alone::wait(&folder(root)).unwrap();
    let play = play_of(root, session(EDITED), Way::Watch);
    let playing = Playing::of(play);
    // The copy is somebody else's now.
    playing.wait(|one| {
        matches!(one, Notice::Progress { text } if text.contains("copy of the"))
    });
    drop(alone);
    let diff = playing.wait(|one| matches!(one, Notice::Diff { .. }));
    let Notice::Diff { file, text } = diff else {
        unreachable!()
    };
    assert_eq!(file, "say.sh");
    assert!(text.contains("\n-echo one\n+echo two\n"), "{text}");
    assert_eq!(playing.verdict().0, "as the page says, 5 of 5");
    assert!(Alone::now(&folder(root)).unwrap().is_none());
    playing.reader.stop("");
    playing.over();
    assert!(Alone::now(&folder(root)).unwrap().is_some());
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    assert_eq!(read("say.sh"), "echo one\n");
    assert_eq!(read("target/session/say.sh"), "echo one\n");
}

/// Whoever waits for the copy can be stopped.
#[test]
fn a_play_is_stopped_while_it_waits_for_the_copy() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("say.sh"), "echo one\n").unwrap();
    let _alone = Alone::wait(&folder(root.path())).unwrap();
    let play = play_of(root.path(), session(EDITED), Way::Watch);
    let playing = Playing::of(play);
    playing.wait(|one| matches!(one, Notice::Progress { .. }));
    playing.reader.stop("");
    assert_eq!(playing.over(), "");
}

#[test]
fn a_reader_saves_the_edit_when_it_is_its_turn() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("say.sh"), "echo one\n").unwrap();
    let play = play_of(root.path(), session(EDITED), Way::Yourself);
    let playing = Playing::of(play);
    assert_eq!(playing.turn().1, Kind::Command);
    assert!(playing.reader.ask(Input::Edit));
    assert_eq!(playing.refused(), "It is not the turn of an edit.");
    playing.type_in("a", "sh say.sh");
    assert_eq!(playing.turn().1, Kind::Edit);
    assert!(playing.reader.ask(Input::Edit));
    assert_eq!(playing.turn().2, "sh say.sh");
    playing.type_in("a", "sh say.sh");
    assert_eq!(playing.verdict().0, "as the page says, 5 of 5");
    playing.reader.stop("");
    playing.over();
}
