//! `cargo learn` in a terminal: it stays, checks at each save, and listens.

use std::fs;

use crate::support::{Project, Terminal, is_running, until};

const KEYS: &str = "h hint  n next  l list  r reset  s solution  q quit";
const CTRL_C: &str = "\u{3}";
const DOWN: &str = "\u{1b}[B";
const UP: &str = "\u{1b}[A";

/// The screens that a page shows are compared with files. To write them anew:
/// `SCREENS=overwrite cargo test -p learn`.
#[track_caller]
fn assert_screen(terminal: &Terminal, name: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/screens");
    let file = format!("{folder}/{name}.txt");
    let screen = terminal.screen() + "\n";
    if std::env::var("SCREENS").is_ok_and(|what| what == "overwrite") {
        fs::create_dir_all(folder).unwrap();
        fs::write(&file, &screen).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(screen, expected, "compared with {file}");
}

#[test]
fn it_checks_at_every_save_and_goes_on_to_the_next() {
    let project = Project::new("saves");
    let mut terminal = Terminal::open(&project);
    terminal.expect("failed: 7 of 7 tests");
    // As low as a picture on a page should be.
    terminal.resize(14, 80);
    terminal.watch("all of it in fewer rows", |screen| {
        screen.starts_with("Exercise 1 of 3")
            && screen.lines().count() == 14
            && screen.ends_with(KEYS)
    });
    assert_screen(&terminal, "fails");

    project.save_variant("ex01-shout", "wrong-1-only-once.rs");
    terminal.watch("fewer failures", |screen| {
        screen.contains("failed: ") && !screen.contains("7 of 7")
    });
    project.save_variant("ex01-shout", "solution.rs");
    terminal.expect("1 of 3 done");

    // It is still watched after it has passed.
    project.save("ex01-shout", "fn");
    terminal.expect("does not compile");
    terminal.expect("error: expected identifier");
    terminal.expect("0 of 3 done");
    project.save_variant("ex01-shout", "solution.rs");
    terminal.expect("1 of 3 done");

    terminal.press("n");
    terminal.expect("Exercise 2 of 3");
    terminal.press("q");
    let (status, screen) = terminal.end();
    assert_eq!(status.code(), Some(0));
    assert!(
        screen.contains("1 of 3 done\nTo go on: cargo learn"),
        "{screen}"
    );
}

#[test]
fn it_goes_on_where_the_learner_has_left_off() {
    let mut project = Project::new("left-off");
    let mut terminal = Terminal::open(&project);
    terminal.expect("failed: ");
    terminal.press("n");
    terminal.expect("Exercise 2 of 3");
    terminal.press("q");
    terminal.end();

    // The folder has been moved meanwhile.
    let moved = project.root.with_file_name("left-off-and-moved");
    let _ = fs::remove_dir_all(&moved);
    fs::rename(&project.root, &moved).unwrap();
    project.root = moved;
    let mut terminal = Terminal::open(&project);
    terminal.expect("Exercise 2 of 3");
    terminal.press("q");
    terminal.end();
}

#[test]
fn its_keys_do_what_the_last_line_says() {
    let project = Project::new("keys");
    let mut terminal = Terminal::open(&project);
    terminal.expect("failed: 7 of 7 tests");
    terminal.press("h");
    terminal.expect("Hint 1 of 3");
    terminal.press("hh");
    terminal.expect("Hint 3 of 3");
    terminal.press("h");
    terminal.press(UP.repeat(60).as_str());
    terminal.expect("Exercise 1 of 3");

    terminal.press("s");
    terminal.expect("when yours has passed");
    terminal.press("l");
    terminal.expect("> ");
    terminal.press(DOWN);
    terminal.expect(">       ex02-count");
    terminal.press("\r");
    terminal.expect("Exercise 2 of 3");
    terminal.press("l");
    terminal.press(UP);
    terminal.press("\r");
    terminal.expect("Exercise 1 of 3");

    project.save_variant("ex01-shout", "solution.rs");
    terminal.expect("passed: 7 tests");
    terminal.press("s");
    terminal.expect("//! Shout back");
    terminal.press("s");
    terminal.expect("passed: 7 tests");
    terminal.press("q");
    assert_eq!(terminal.end().0.code(), Some(0));
}

const COPY: &str = "code/exercises/ex01-shout/src/lib.rs.1";

#[test]
fn it_asks_before_it_starts_anew_and_says_where_the_old_answer_is() {
    let project = Project::new("anew");
    project.save_variant("ex01-shout", "solution.rs");
    let mut terminal = Terminal::open(&project);
    terminal.expect("passed: 7 tests");
    terminal.press("r");
    terminal.expect("Press r again to start anew");
    terminal.expect(COPY);
    terminal.press("h");
    terminal.expect("Hint 1 of 3");
    // The question was for the key before it.
    terminal.press("r");
    terminal.expect("Press r again to start anew");
    assert!(!project.root.join(COPY).exists());
    terminal.press("r");
    terminal.expect("failed: 7 of 7 tests");
    terminal.press(UP.repeat(60).as_str());
    let old = fs::read_to_string(project.root.join(COPY)).unwrap();
    assert!(old.contains("make_ascii_uppercase"), "{old}");
    terminal.press("r");
    terminal.expect("as it was at the start");
    terminal.press("q");
    terminal.end();
}

#[test]
fn a_save_takes_the_question_back() {
    let project = Project::new("question");
    project.save_variant("ex01-shout", "solution.rs");
    let mut terminal = Terminal::open(&project);
    terminal.expect("passed: 7 tests");
    terminal.press("r");
    terminal.expect("Press r again to start anew");
    project.save("ex01-shout", "fn");
    terminal.expect("does not compile");
    terminal.press("r");
    terminal.expect("Press r again to start anew");
    assert!(!project.root.join(COPY).exists());
    terminal.press("q");
    terminal.end();
}

#[test]
fn after_starting_anew_it_says_where_yours_is() {
    let project = Project::new("whereabouts");
    project.save("ex01-shout", "// mine\n");
    let mut terminal = Terminal::open(&project);
    terminal.expect("does not compile");
    terminal.press("rr");
    terminal.watch("the place of the copy, and the verdict", |screen| {
        screen.contains(&format!("Yours is kept as {COPY}."))
            && screen.contains("failed: 7 of 7 tests")
    });
    terminal.press("q");
    terminal.end();
}

#[test]
fn the_next_exercise_is_the_first_that_is_open() {
    let project = Project::new("first-open");
    project.save_variant("ex02-count", "solution.rs");
    project.learn(&["check", "2"]);
    let mut terminal = Terminal::open(&project);
    terminal.expect("Exercise 1 of 3");
    terminal.press("n");
    terminal.expect("Exercise 3 of 3");
    terminal.press("n");
    terminal.expect("Exercise 1 of 3");
    terminal.press("q");
    terminal.end();
}

#[test]
fn a_save_during_a_check_starts_a_fresh_one() {
    let project = Project::new("fresh");
    project.save_trap("loop { std::hint::spin_loop() }");
    let mut terminal = Terminal::open(&project);
    let trapped = project.trapped();
    project.save_variant("ex01-shout", "solution.rs");
    terminal.expect("passed: 7 tests");
    assert!(!is_running(&trapped), "the old check has ended");
    terminal.press("q");
    terminal.end();
}

#[test]
fn ctrl_c_in_the_middle_leaves_no_process_behind() {
    let project = Project::new("ctrl-c");
    project.save_trap("loop { std::hint::spin_loop() }");
    let terminal = Terminal::open(&project);
    let trapped = project.trapped();
    terminal.press(CTRL_C);
    let (status, _) = terminal.end();
    assert_eq!(status.code(), Some(130));
    assert!(!is_running(&trapped));
}

#[test]
fn a_window_that_is_closed_leaves_no_process_behind() {
    let project = Project::new("hang-up");
    project.save_trap("loop { std::hint::spin_loop() }");
    let terminal = Terminal::open(&project);
    let trapped = project.trapped();
    assert_eq!(terminal.close().unwrap().code(), Some(130));
    assert!(!is_running(&trapped));
}

#[test]
fn ctrl_c_ends_a_single_check_too() {
    let project = Project::new("ctrl-c-check");
    project.save_trap("loop { std::hint::spin_loop() }");
    let terminal = Terminal::with(&project, &["check", "1"], &[]);
    let trapped = project.trapped();
    terminal.press(CTRL_C);
    let (status, _) = terminal.end();
    assert_eq!(status.code(), Some(130));
    until("it has ended", || !is_running(&trapped));
}

#[test]
fn a_manifest_that_breaks_meanwhile_is_told_as_such() {
    let project = Project::new("breaks");
    let mut terminal = Terminal::open(&project);
    terminal.expect("failed: ");
    let manifest = project.exercise("ex02-count").join("Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, "[").unwrap();
    project.save("ex01-shout", "// changed\n");
    terminal.expect("cannot be built:");
    terminal.expect("ex02-count/Cargo.toml");

    fs::write(&manifest, text).unwrap();
    project.save_variant("ex01-shout", "solution.rs");
    terminal.expect("passed: 7 tests");
    terminal.press("q");
    terminal.end();
}

#[test]
fn it_looks_for_changes_where_nobody_tells_of_them() {
    let project = Project::new("polls");
    let mut terminal = Terminal::with(&project, &["--poll"], &[]);
    terminal.expect("failed: 7 of 7 tests");
    project.save_variant("ex01-shout", "solution.rs");
    terminal.expect("passed: 7 tests");
    terminal.press("q");
    terminal.end();
}

#[test]
fn it_fits_a_window_of_any_size() {
    let project = Project::new("sizes");
    let mut terminal = Terminal::open(&project);
    terminal.expect("failed: 7 of 7 tests");
    terminal.press("hhh");
    terminal.expect("Hint 3 of 3");
    for (rows, columns) in [(12, 40), (3, 10), (1, 1), (50, 200), (24, 80)] {
        terminal.resize(rows, columns);
        // Wide enough, the keys stand in the last row.
        if columns >= 80 {
            terminal.watch("the keys in the last row", |screen| {
                screen.lines().count() == usize::from(rows)
                    && screen.ends_with(KEYS)
            });
        }
    }
    terminal.press("q");
    assert_eq!(terminal.end().0.code(), Some(0));
}

/// The two come to the program by different ways, and at the same time.
#[test]
fn a_key_in_the_moment_of_a_resize_is_not_lost() {
    let project = Project::new("moments");
    let mut terminal = Terminal::open(&project);
    terminal.expect("failed: 7 of 7 tests");
    for round in 0..200 {
        terminal.resize(24 + round % 2, 80);
        terminal.press("l");
        match round % 2 {
            0 => terminal.expect("Enter go there"),
            _ => terminal.expect("h hint"),
        }
    }
    terminal.press("q");
    assert_eq!(terminal.end().0.code(), Some(0));
}

#[test]
fn long_messages_can_be_scrolled() {
    let project = Project::new("scrolls");
    project.save("ex01-shout", &"fn f() -> u8 { \"\" }\n".repeat(20));
    let mut terminal = Terminal::open(&project);
    terminal.expect("does not compile");
    terminal.expect("lines 1 to ");
    terminal.press(DOWN);
    terminal.expect("lines 2 to ");
    terminal.press("\u{1b}[6~");
    terminal.expect("lines 12 to ");
    terminal.press("\u{1b}[5~");
    terminal.expect("lines 2 to ");
    terminal.press("q");
    terminal.end();
}

#[test]
fn there_are_colours_unless_nobody_wants_any() {
    let project = Project::new("colours");
    let red = |raw: &[u8]| {
        raw.windows(4)
            .any(|bytes| bytes == b"\x1b[38" || bytes == b"\x1b[31")
    };
    for (env, coloured) in [(&[][..], true), (&[("NO_COLOR", "1")], false)] {
        let mut terminal = Terminal::with(&project, &[], env);
        terminal.expect("failed: ");
        assert_eq!(red(&terminal.raw), coloured);
        terminal.press("q");
        terminal.end();
    }
}

#[test]
fn what_an_answer_prints_does_not_drive_the_terminal() {
    let project = Project::new("escapes");
    project.save(
        "ex01-shout",
        "use tokio::net::TcpListener;\n\
         pub async fn serve(_: TcpListener) -> std::io::Result<()> {\n\
         panic!(\"a\\x1b[2Jb\")\n}\n",
    );
    let mut terminal = Terminal::open(&project);
    terminal.expect(r"a\u{1b}[2Jb");
    terminal.press("q");
    terminal.end();
}
