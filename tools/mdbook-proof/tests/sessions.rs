//! Sessions that go as the page says, and sessions that do not.
//!
//! What is said of the latter is in `tests/findings`.
#![cfg(all(unix, feature = "sessions"))]

use std::{
    collections::BTreeMap,
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use mdbook_proof::{
    book::{OwnSettings, SessionSettings},
    finding::File,
    page::Page,
    render,
    session::{
        Session,
        run::{Outcome, record, run},
    },
};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use snapbox::{Data, assert_data_eq};

fn ports() -> BTreeMap<String, u16> {
    let ports = [("GREETER_PORT", 7000), ("COUNTER_PORT", 7001)];
    ports.map(|(name, port)| (name.to_owned(), port)).into()
}

fn settings() -> SessionSettings {
    SessionSettings {
        ports: ports(),
        env: BTreeMap::from([("GREETING".to_owned(), "hello".to_owned())]),
        varying: ["id {}", "in {*}s", "port {}"].map(String::from).to_vec(),
        deadline: 2,
        ..SessionSettings::default()
    }
}

fn session(lines: &str) -> Session {
    let text = format!("# Page\n\n```session\n{lines}\n```\n");
    let file = File::new("page.md", text);
    let page = Page::parse(&file);
    Session::parse(&file, &page.blocks[0]).unwrap()
}

/// A session in a package of the reader's, which the copy alone has. The port
/// is written in the program, and must be the free one there, too.
#[test]
fn a_session_plays_in_the_readers_own_package() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir(root.join("steps")).unwrap();
    let program = "echo port 7000; echo \"it is ${#GREETER_PORT}\"; pwd";
    fs::write(root.join("steps/one.sh"), program).unwrap();
    let own = OwnSettings {
        folder: "mine".into(),
        file: "say.sh".into(),
        make: vec!["mkdir mine".to_owned(), "cd mine".to_owned()],
    };
    let settings = SessionSettings {
        own: Some(own),
        ..settings()
    };
    let mut session = session(
        "a $ sh say.sh | grep port\na | port 7000\n\
         a $ sh say.sh | sed -n 's|.*/session/||p'\na | mine",
    );
    session.with = Some("steps/one.sh".to_owned());
    for _ in 0..2 {
        let outcome = run(root, &settings, &session).unwrap();
        assert!(matches!(outcome, Outcome::Passed), "{outcome:?}");
    }
    assert!(!root.join("mine").exists());
    let played = root.join("target/session/mine/say.sh");
    let played = fs::read_to_string(played).unwrap();
    assert!(!played.contains("7000"), "{played}");
}

/// A session that changes a file, which must be the copy's.
#[test]
fn files_are_changed_in_a_copy_only() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mine.txt");
    fs::write(&mine, "mine\n").unwrap();
    let mut session =
        session("a $ cat mine.txt\na | mine\na $ echo yours > mine.txt");
    session.copy = true;
    for _ in 0..2 {
        let outcome = run(folder.path(), &settings(), &session).unwrap();
        assert!(matches!(outcome, Outcome::Passed), "{outcome:?}");
    }
    assert_eq!(fs::read_to_string(mine).unwrap(), "mine\n");
}

/// A page with an edit above its session.
fn edited(lines: &str) -> Session {
    let text = format!(
        "```edit,file=say.sh\n-echo one\n+echo two\n```\n\n\
         ```session,copy\n{lines}\n```\n"
    );
    let file = File::new("page.md", text);
    let page = Page::parse(&file);
    Session::parse(&file, &page.blocks[1]).unwrap()
}

/// The editor's terminal runs nothing.
#[test]
fn an_edit_is_made_when_its_line_comes() {
    let folder = tempfile::tempdir().unwrap();
    let say = folder.path().join("say.sh");
    fs::write(&say, "echo zero\necho one\n").unwrap();
    let lines = "a $ sh say.sh\na | zero\na | one\neditor ~ say.sh\n\
                 a $ sh say.sh\na | zero\na | two\n";
    let session = edited(lines.trim_end());
    for _ in 0..2 {
        let outcome = run(folder.path(), &settings(), &session).unwrap();
        assert!(matches!(outcome, Outcome::Passed), "{outcome:?}");
    }
    let text = record(folder.path(), &settings(), &session).unwrap();
    assert_eq!(text, lines);
    let mine = fs::read_to_string(say).unwrap();
    assert_eq!(mine, "echo zero\necho one\n");
}

/// A session may change the file itself, and then the edit does not fit.
#[test]
fn an_edit_that_does_not_fit_fails() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("say.sh"), "echo one\n").unwrap();
    let session = edited("a $ echo echo zero > say.sh\na $ :\na ~ say.sh");
    let outcome = run(folder.path(), &settings(), &session).unwrap();
    let Outcome::Failed(finding) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(finding.message, "`say.sh` does not have these lines");
}

#[test]
fn a_prompt_is_no_part_of_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings();
    settings.prompts = vec!["> ".to_owned()];
    let shell = "while printf '> ' && read line; do test \"$line\" = q && exit; echo \"$line\"; done";
    let lines =
        format!("a $ {shell}\na < one\na | one\na < > two\na | > two\na < q");
    let outcome = run(folder.path(), &settings, &session(&lines)).unwrap();
    assert!(
        matches!(outcome, Outcome::Failed(_)),
        "two prompts in a row"
    );
    let lines =
        format!("a $ {shell}\na < one\na | one\na < two\na | two\na < q");
    let outcome = run(folder.path(), &settings, &session(&lines)).unwrap();
    assert!(matches!(outcome, Outcome::Passed), "{outcome:?}");
}

fn play(lines: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &settings(), &session(lines)).unwrap()
}

#[track_caller]
fn passes(lines: &str) {
    match play(lines) {
        Outcome::Passed => {}
        Outcome::NotReplayed(program) => panic!("no {program}"),
        Outcome::Failed(finding) => panic!("{}", render(&[*finding], false)),
    }
}

/// Expects a failure, told as in the file `name`.
#[track_caller]
fn fails(name: &str, lines: &str) {
    let Outcome::Failed(finding) = play(lines) else {
        panic!("{name}: it passed");
    };
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/findings");
    let path = Path::new(folder).join(name).with_extension("txt");
    let said = render(&[*finding], false);
    assert_data_eq!(said, Data::read_from(&path, None));
}

#[test]
fn a_program_is_typed_into_and_ends() {
    passes(
        "one $ cat\none < hello\none | hello\none < again\none | again\none ^D",
    );
}

#[test]
fn keys_reach_the_program() {
    passes(
        "one $ trap 'echo interrupted; exit' INT; echo waiting; \
         while :; do sleep 0.1; done\n\
         one | waiting\none ^C\none | interrupted\none $ echo next\none | next",
    );
}

#[test]
fn two_terminals_are_kept_apart() {
    passes(
        "one $ mkfifo pipe; cat pipe\ntwo $ cat > pipe\n\
         two < over there\none | over there\ntwo ^D",
    );
}

#[test]
fn the_environment_and_free_ports_are_given() {
    passes(
        "one $ echo $GREETING on port $GREETER_PORT, $COUNTER_PORT, 7000, 7001\n\
         one | hello on port 7000, 7001, 7000, 7001\n\
         one $ test $GREETER_PORT -ne $COUNTER_PORT && echo two\none | two",
    );
}

#[test]
fn a_port_is_not_taken_for_another() {
    fails(
        "session-wrong-port",
        "one $ echo port $COUNTER_PORT\none | port 7000",
    );
}

#[test]
fn numbers_may_differ_where_the_settings_say_so() {
    passes(
        "one $ echo id 12; echo id 12 in 0.5s\none | id 7\none | id 7 in 9s",
    );
}

#[test]
fn a_missing_program_is_named() {
    let outcome = play("one $ echo hello | no-such-program");
    assert!(
        matches!(&outcome, Outcome::NotReplayed(name) if name == "no-such-program"),
        "{outcome:?}"
    );
}

#[test]
fn wrong_output_fails() {
    fails("session-wrong-output", "one $ echo hullo\none | hello");
}

#[test]
fn output_in_the_wrong_terminal_fails() {
    fails(
        "session-wrong-terminal",
        "one $ printf 'ready\\nhello\\n'; cat\none | ready\n\
         two $ cat\ntwo | hello\none ^D\ntwo ^D",
    );
}

#[test]
fn a_line_too_many_fails() {
    fails(
        "session-line-too-many",
        "one $ echo hello; echo more\none | hello",
    );
}

#[test]
fn a_line_too_many_in_the_middle_fails() {
    fails(
        "session-line-too-many-in-the-middle",
        "one $ echo hello; echo more\none | hello\none $ echo next\none | next",
    );
}

#[test]
fn a_line_too_early_fails() {
    fails(
        "session-line-too-early",
        "one $ printf 'hello\\ntyped\\n'; cat\none | hello\none < typed\n\
         one | typed\none ^D",
    );
}

#[test]
fn a_missing_line_fails() {
    fails(
        "session-line-missing",
        "one $ echo hello\none | hello\none | more",
    );
}

#[test]
fn a_program_that_never_answers_fails() {
    fails(
        "session-no-answer",
        "one $ cat > /dev/null\none < hello\none | hello",
    );
}

#[test]
fn a_program_that_dies_fails() {
    fails(
        "session-died",
        "one $ echo hello\none | hello\none < more\none | more",
    );
}

#[test]
fn a_program_that_does_not_end_fails() {
    fails(
        "session-not-ended",
        "one $ cat\none $ echo next\none | next",
    );
}

/// The end comes all the same, and soon.
#[test]
fn a_program_that_prints_for_ever_fails() {
    for lines in ["one $ yes\none | n", "one $ yes\none | y\none ^C"] {
        assert!(matches!(play(lines), Outcome::Failed(_)), "{lines}");
    }
}

/// It has left the terminal's session, and keeps the terminal open.
#[test]
fn a_program_that_stays_holds_nobody_up() {
    let lines = "one $ setsid sleep 5 & sleep 0.3; echo hi\none | hi";
    let start = Instant::now();
    let _ = play(lines);
    assert!(start.elapsed() < Duration::from_secs(4));
}

/// More than the terminal holds, and a program that reads none of it.
#[test]
fn a_terminal_that_is_full_fails() {
    let line = format!("one < {}\n", "x".repeat(3000));
    let lines = format!("one $ sleep 50\n{}", line.repeat(8));
    assert!(!matches!(play(lines.trim_end()), Outcome::NotReplayed(_)));
}

#[test]
fn commands_that_are_more_than_a_word_are_run() {
    passes(
        "one $ X=1 sh -c 'echo $X | cat'\none | 1\none $ (echo hi)\none | hi",
    );
}

#[test]
fn two_ids_swapped_fail() {
    fails(
        "session-ids-swapped",
        "one $ echo id 1; echo id 2; echo id 2\n\
         one | id 1\none | id 2\none | id 1",
    );
}

#[test]
fn a_run_is_recorded_in_the_numbers_of_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let lines =
        "one $ echo id 12; cat\none | id 7\none < hello\none | hullo\none ^D";
    let text = record(folder.path(), &settings(), &session(lines)).unwrap();
    let expected =
        "one $ echo id 12; cat\none | id 7\none < hello\none | hello\none ^D\n";
    assert_eq!(text, expected);
}

/// Whether the process goes away before long.
fn is_reaped(id: &str) -> bool {
    let pid = Pid::from_raw(id.trim().parse().unwrap()).unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    while test_kill_process(pid).is_ok() {
        if Instant::now() > until {
            let _ = kill_process(pid, Signal::KILL);
            return false;
        }
        std::thread::yield_now();
    }
    true
}

#[test]
fn a_failed_session_leaves_no_process_behind() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "one $ sh -c 'echo $$ > id; exec sleep 1000' & \
                 sh -c 'echo $$ > other; exec sleep 1000'\none | hello";
    let outcome = run(folder.path(), &settings(), &session(lines)).unwrap();
    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    for name in ["id", "other"] {
        let id = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(is_reaped(&id), "{name} is still there");
    }
}

/// Ctrl-C ends the tests without their having a chance to clean up. This is
/// worse than Ctrl-C, which may be ignored.
#[test]
fn an_interrupted_run_leaves_no_process_behind() {
    const INSIDE: &str = "MDBOOK_PROOF_INTERRUPTED";
    if let Ok(folder) = env::var(INSIDE) {
        let lines = "one $ echo $$ > id; echo ready > pipe; exec sleep 1000\n\
                     one | hello";
        let mut settings = settings();
        settings.deadline = 60;
        let _ = run(Path::new(&folder), &settings, &session(lines));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    // As under `nohup`: what ignores a signal passes that on.
    let mut tests = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "an_interrupted_run_leaves_no_process_behind"])
        .env(INSIDE, folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let pipe = fs::File::open(&pipe).unwrap();
    BufReader::new(pipe).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");

    let pid = Pid::from_raw(tests.id().cast_signed()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    tests.wait().unwrap();
    let id = fs::read_to_string(folder.path().join("id")).unwrap();
    assert!(is_reaped(&id), "the program is still there");
}
