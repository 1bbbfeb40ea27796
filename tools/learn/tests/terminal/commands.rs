//! One command at a time, without a terminal.

use std::fs;

use crate::support::Project;

#[test]
fn without_a_terminal_it_lists_and_says_what_to_do() {
    let project = Project::new("no-terminal");
    let (text, code) = project.learn(&[]);
    assert!(text.contains("ex02-count"), "{text}");
    assert!(text.contains("0 of 3 done"), "{text}");
    assert!(text.contains("cargo learn check"), "{text}");
    assert_eq!(code, Some(0));
}

#[test]
fn check_tells_what_failed_first_and_what_passes() {
    let project = Project::new("check");
    let (text, code) = project.learn(&["check"]);
    assert!(text.contains("failed: 7 of 7 tests"), "{text}");
    assert!(text.contains("the client sent"), "{text}");
    assert_eq!(code, Some(1));

    project.save_variant("ex01-shout", "solution.rs");
    let (text, code) = project.learn(&["check", "1"]);
    assert!(text.contains("passed: 7 tests"), "{text}");
    assert_eq!(code, Some(0));
    let (text, _) = project.learn(&["check"]);
    assert!(text.starts_with("ex02-count"), "the next one: {text}");
}

#[test]
fn check_says_where_the_learner_s_own_code_panicked() {
    let project = Project::new("panics");
    project.save(
        "ex03-quit",
        "use tokio::net::TcpListener;\n\
         pub async fn serve(_: TcpListener) -> std::io::Result<()> {\n    \
         panic!(\"not yet\")\n}\n",
    );
    let (text, _) = project.learn(&["check", "3"]);
    assert!(
        text.contains("your code panicked at src/lib.rs:3:5"),
        "{text}"
    );
}

#[test]
fn check_tells_the_first_failure_in_the_order_of_the_file() {
    let project = Project::new("order");
    let (text, _) = project.learn(&["check", "1"]);
    assert!(text.contains("The first:\n\nshouts_a_word\n"), "{text}");
}

#[test]
fn check_passes_on_the_compiler_s_warnings() {
    let project = Project::new("warnings");
    let starter = project.exercise("ex01-shout").join("variants/starter.rs");
    let text = fs::read_to_string(starter).unwrap();
    let forgot = "socket.write_all(&buffer[..length]);";
    let text =
        text.replace("socket.write_all(&buffer[..length]).await?;", forgot);
    project.save("ex01-shout", &text);
    let (text, _) = project.learn(&["check", "1"]);
    assert!(text.contains("failed: "), "{text}");
    assert!(text.contains("futures do nothing unless"), "{text}");
}

#[test]
fn check_shows_one_error_when_the_tests_do_not_find_what_they_call() {
    let project = Project::new("signature");
    project.save("ex01-shout", "//! Nothing.\n");
    let (text, _) = project.learn(&["check", "1"]);
    assert!(text.contains("must\nkeep their names and types"), "{text}");
    assert_eq!(text.matches("error").count(), 1, "{text}");
}

#[test]
fn check_tells_an_end_of_the_whole_program() {
    let project = Project::new("exits");
    project.save_trap("std::process::exit(0)");
    let (text, code) = project.learn(&["check", "1"]);
    assert!(text.contains("broke off: "), "{text}");
    assert!(text.contains("exit status: 0"), "{text}");
    assert_eq!(code, Some(1));
}

#[test]
fn when_all_is_done_the_last_one_is_checked_again() {
    let project = Project::new("all-done");
    for exercise in ["ex01-shout", "ex02-count", "ex03-quit"] {
        project.save_variant(exercise, "solution.rs");
        let (text, code) = project.learn(&["check"]);
        assert!(text.starts_with(exercise), "{text}");
        assert_eq!(code, Some(0));
    }
    let (text, _) = project.learn(&["check"]);
    assert!(text.starts_with("ex03-quit"), "{text}");
    let (text, _) = project.learn(&["list"]);
    assert!(text.contains("3 of 3 done"), "{text}");
}

#[test]
fn a_broken_manifest_is_told_with_its_file() {
    let project = Project::new("broken");
    fs::write(project.exercise("ex02-count").join("Cargo.toml"), "[").unwrap();
    let (text, code) = project.learn(&["check", "1"]);
    assert!(text.contains("the manifest of ex02-count"), "{text}");
    assert_eq!(code, Some(1));
}

#[test]
fn hints_are_numbered() {
    let project = Project::new("hints");
    let (text, _) = project.learn(&["hint", "shout", "--number", "3"]);
    assert!(text.starts_with("ex01-shout, hint 3 of 3:"), "{text}");
    let (text, code) = project.learn(&["hint", "shout", "--number", "4"]);
    assert!(text.contains("ex01-shout has 3 hints"), "{text}");
    assert_eq!(code, Some(1));
}

#[test]
fn reset_keeps_what_was_written() {
    let project = Project::new("reset");
    for text in ["// one\n", "// two\n"] {
        project.save("ex01-shout", text);
        project.learn(&["reset", "1"]);
    }
    let source = project.source("ex01-shout");
    let read = |name| fs::read_to_string(source.with_file_name(name)).unwrap();
    assert_eq!(read("lib.rs.1"), "// one\n");
    assert_eq!(read("lib.rs.2"), "// two\n");
    let starter = project.exercise("ex01-shout").join("variants/starter.rs");
    assert_eq!(read("lib.rs"), fs::read_to_string(starter).unwrap());
    let (text, _) = project.learn(&["reset", "1"]);
    assert!(text.contains("has not been changed"), "{text}");
    project.save("ex01-shout", "// three\n");
    let (text, _) = project.learn(&["reset", "1"]);
    let copy = "kept as code/exercises/ex01-shout/src/lib.rs.3";
    assert!(text.contains(copy), "{text}");
}

/// As `git restore code` does it.
fn put_the_starts_back(project: &Project) {
    for exercise in ["ex01-shout", "ex02-count", "ex03-quit"] {
        project.save_variant(exercise, "starter.rs");
    }
}

#[test]
fn an_answer_that_passed_survives_the_loss_of_its_file() {
    let project = Project::new("lost");
    for (number, exercise) in [("1", "ex01-shout"), ("3", "ex03-quit")] {
        project.save_variant(exercise, "solution.rs");
        project.learn(&["check", number]);
    }
    let answer = fs::read_to_string(project.source("ex01-shout")).unwrap();
    put_the_starts_back(&project);

    let (text, _) = project.learn(&["list"]);
    assert!(text.contains("kept  ex01-shout"), "{text}");
    assert!(text.contains("kept  ex03-quit"), "{text}");
    assert!(text.contains("0 of 3 done"), "{text}");
    assert!(text.contains("cargo learn restore ex01-shout"), "{text}");

    let (text, code) = project.learn(&["restore"]);
    assert_eq!(code, Some(0), "{text}");
    let restored = fs::read_to_string(project.source("ex01-shout")).unwrap();
    assert_eq!(restored, answer);
    let (text, _) = project.learn(&["list"]);
    assert!(text.contains("done  ex03-quit"), "{text}");
    assert!(text.contains("2 of 3 done"), "{text}");
    assert!(!text.contains("kept"), "{text}");
}

#[test]
fn restoring_loses_no_newer_attempt() {
    let project = Project::new("newer");
    project.save_variant("ex01-shout", "solution.rs");
    project.learn(&["check", "1"]);
    project.save("ex01-shout", "// a better idea\n");
    let (_, code) = project.learn(&["check", "1"]);
    assert_eq!(code, Some(1));
    let (text, _) = project.learn(&["list"]);
    assert!(text.contains("kept  ex01-shout"), "a failure: {text}");

    let (text, _) = project.learn(&["restore", "shout"]);
    let copy = "code/exercises/ex01-shout/src/lib.rs.1";
    assert!(text.contains(copy), "{text}");
    let copy = fs::read_to_string(project.root.join(copy)).unwrap();
    assert_eq!(copy, "// a better idea\n");
    let (text, _) = project.learn(&["restore"]);
    assert!(text.contains("stands where it stood"), "{text}");
    let (text, code) = project.learn(&["restore", "2"]);
    assert!(
        text.contains("no answer of ex02-count has passed"),
        "{text}"
    );
    assert_eq!(code, Some(1));
}

#[test]
fn the_solution_is_shown_when_the_exercise_is_done() {
    let project = Project::new("solution");
    let (text, code) = project.learn(&["solution", "1"]);
    assert!(text.contains("--peek shows"), "{text}");
    assert_eq!(code, Some(1));
    let (text, _) = project.learn(&["solution", "1", "--peek"]);
    assert!(text.contains("make_ascii_uppercase"), "{text}");

    project.save_variant("ex01-shout", "solution.rs");
    project.learn(&["check", "1"]);
    let (text, _) = project.learn(&["solution", "1"]);
    assert!(text.contains("make_ascii_uppercase"), "{text}");
}

#[test]
fn an_exercise_that_is_not_there_or_not_clear_is_refused() {
    let project = Project::new("names");
    let (text, _) = project.learn(&["hint", "ex01-shout/"]);
    assert!(
        text.starts_with("ex01-shout"),
        "as shells complete it: {text}"
    );
    for (name, says) in [
        ("4", "there is no exercise `4`"),
        ("none", "there is no exercise `none`"),
        ("ex0", "`ex0` fits more than one"),
    ] {
        let (text, code) = project.learn(&["check", name]);
        assert!(text.contains(says), "{text}");
        assert_eq!(code, Some(1));
    }
}

/// The project of this test has none of the book's tests, so it gets no
/// further than to them.
#[test]
fn the_package_mine_is_built_before_it_is_tested() {
    let project = Project::new("mine");
    let (text, code) = project.learn(&["project"]);
    assert!(text.contains("no package in the folder mine"), "{text}");
    assert_eq!(code, Some(1));

    let package = project.root.join("mine");
    fs::create_dir_all(package.join("src")).unwrap();
    let manifest = "[package]\nname = \"mine\"\nedition = \"2024\"\n";
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    for (main, says) in [
        ("this is no Rust", "mine does not compile"),
        ("fn main() {}", "the tests do not compile"),
    ] {
        fs::write(package.join("src/main.rs"), main).unwrap();
        let (text, code) = project.learn(&["project"]);
        assert!(text.contains(says), "{text}");
        assert_eq!(code, Some(1));
    }
}

#[test]
fn hung_tests_are_ended_and_named() {
    let project = Project::new("hangs");
    project.save_trap("std::future::pending().await");
    let (text, code) = project.learn(&["check", "1"]);
    assert!(text.contains("failed: "), "a limit in the test: {text}");
    assert_eq!(code, Some(1));

    project.save_trap("loop { std::hint::spin_loop() }");
    let (text, code) = project.learn(&["check", "1"]);
    assert!(text.contains("hung: not done after 20 seconds\n"), "{text}");
    assert!(text.contains("shouts_a_word"), "{text}");
    assert_eq!(code, Some(1));
}

#[test]
fn what_a_hung_test_has_printed_is_shown_and_not_too_much_of_it() {
    let project = Project::new("prints");
    let says = r#"println!("I wait for {}", "ever");"#;
    project.save_trap(&format!(
        "{says} println!(\"{{}}\", \"long \".repeat(2000)); \
         loop {{ std::hint::spin_loop() }}"
    ));
    let (text, code) = project.learn(&["check", "1"]);
    assert!(text.contains("hung: not done after"), "{text}");
    assert!(text.contains("they print:\n\n"), "{text}");
    assert!(text.contains("I wait for ever\n"), "{text}");
    assert!(text.contains("(and more)"), "{text}");
    assert!(text.len() < 6000, "{} bytes", text.len());
    assert_eq!(code, Some(1));
}

#[test]
fn bench_measures_both_verdicts_on_a_copy() {
    let project = Project::new("bench");
    project.save("ex01-shout", "this is mine");
    let (text, code) = project.learn(&["bench", "1", "--times", "1"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("fails   median"), "{text}");
    assert!(text.contains("passes  median"), "{text}");
    let mine = fs::read_to_string(project.source("ex01-shout")).unwrap();
    assert_eq!(mine, "this is mine");
}
