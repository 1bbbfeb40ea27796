//! A project with one exercise, and a page that asks for things.

use std::{fs, os::unix::fs::symlink, time::Duration};

use tempfile::TempDir;

use super::*;
use crate::guard::Guard;

const STARTER: &str = "// nothing yet\n";
const FILE: &str = "code/exercises/ex01-a/src/lib.rs";

fn project() -> (TempDir, Arc<Lab>) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("code/exercises/ex01-a");
    for (path, text) in [
        (
            "Cargo.toml",
            "[package]\nname = \"ex01-a\"\ndescription = \"One\"\n",
        ),
        ("hints.md", "## Hint 1\n\none\n\n## Hint 2\n\ntwo\n"),
        ("src/lib.rs", STARTER),
        ("tests/check.rs", ""),
        ("variants/starter.rs", STARTER),
        ("variants/solution.rs", "// all of it\n"),
    ] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let guard = Guard::new(3000).unwrap();
    let lab = Lab::new(root.path().to_owned(), guard, Duration::ZERO);
    (root, lab.unwrap())
}

fn name() -> String {
    "ex01-a".to_owned()
}

fn opened(lab: &Arc<Lab>) -> (String, String) {
    let open = Ask::Open { exercise: name() };
    match lab.exercises.take(open, lab).unwrap() {
        Some(Tell::Source { text, version, .. }) => (text, version),
        other => panic!("{other:?}"),
    }
}

fn save(lab: &Arc<Lab>, text: &str, version: &str) -> Result<Option<Tell>> {
    let save = Ask::Save {
        exercise: name(),
        text: text.to_owned(),
        version: version.to_owned(),
    };
    lab.exercises.take(save, lab)
}

fn written(root: &TempDir) -> String {
    fs::read_to_string(root.path().join(FILE)).unwrap()
}

#[test]
fn a_file_that_nobody_else_has_changed_is_written() {
    let (root, lab) = project();
    let (text, version) = opened(&lab);
    assert_eq!(text, STARTER);
    let Some(Tell::Saved { version, .. }) =
        save(&lab, "// one\n", &version).unwrap()
    else {
        panic!();
    };
    assert_eq!(written(&root), "// one\n");
    assert_eq!(opened(&lab), ("// one\n".to_owned(), version));
}

#[test]
fn a_newer_file_is_not_overwritten_before_somebody_says_so() {
    let (root, lab) = project();
    let (_, version) = opened(&lab);
    fs::write(root.path().join(FILE), "// by another editor\n").unwrap();
    let Some(Tell::Conflict { text, version, .. }) =
        save(&lab, "// mine\n", &version).unwrap()
    else {
        panic!();
    };
    assert_eq!(text, "// by another editor\n");
    assert_eq!(written(&root), text);
    // Who has seen it may overwrite it.
    let saved = save(&lab, "// mine\n", &version).unwrap();
    assert!(matches!(saved, Some(Tell::Saved { .. })));
    assert_eq!(written(&root), "// mine\n");
}

#[test]
fn nothing_outside_the_project_is_read_or_written() {
    let (root, lab) = project();
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.rs");
    fs::write(&secret, STARTER).unwrap();
    let (_, version) = opened(&lab);
    fs::remove_file(root.path().join(FILE)).unwrap();
    symlink(&secret, root.path().join(FILE)).unwrap();
    let open = Ask::Open { exercise: name() };
    assert!(lab.exercises.take(open, &lab).is_err());
    assert!(save(&lab, "// evil\n", &version).is_err());
    let anew = Ask::Anew { exercise: name() };
    assert!(lab.exercises.take(anew, &lab).is_err());
    fs::write(&secret, "// a secret\n").unwrap();
    let mut news = lab.news.subscribe();
    lab.exercises.saved(0, &lab);
    assert!(news.try_recv().is_err());
    fs::write(&secret, STARTER).unwrap();
    assert_eq!(fs::read_to_string(secret).unwrap(), STARTER);
}

/// Nor by what lies beside the file.
#[test]
fn links_beside_the_file_lead_nowhere() {
    let (root, lab) = project();
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.rs");
    fs::write(&secret, "// a secret\n").unwrap();
    let file = root.path().join(FILE);
    symlink(&secret, file.with_extension("rs.new")).unwrap();
    let missing = outside.path().join("missing.rs");
    symlink(&missing, file.with_extension("rs.1")).unwrap();
    let (_, version) = opened(&lab);
    save(&lab, "// mine\n", &version).unwrap();
    let anew = Ask::Anew { exercise: name() };
    lab.exercises.take(anew, &lab).unwrap();
    assert_eq!(fs::read_to_string(secret).unwrap(), "// a secret\n");
    assert!(!missing.exists());
    let kept = fs::read_to_string(file.with_extension("rs.2")).unwrap();
    assert_eq!(kept, "// mine\n");
}

/// When the lab ends, nothing is started any more, and what ran has ended.
#[test]
fn no_check_outlives_the_lab() {
    let (_root, lab) = project();
    let (_, version) = opened(&lab);
    save(&lab, "// mine\n", &version).unwrap();
    lab.exercises.end();
    assert_eq!(Arc::strong_count(&lab), 1);
    let check = Ask::Check { exercise: name() };
    assert!(lab.exercises.take(check, &lab).is_err());
}

#[test]
fn only_the_exercises_of_the_book_have_a_file() {
    let (_root, lab) = project();
    for exercise in ["", "ex01", "../ex01-a", "ex01-a/../ex01-a", "/etc"] {
        let exercise = exercise.to_owned();
        let open = Ask::Open { exercise };
        assert!(lab.exercises.take(open.clone(), &lab).is_err(), "{open:?}");
    }
    let (_, version) = opened(&lab);
    let long = "x".repeat(LONGEST + 1);
    assert!(save(&lab, &long, &version).is_err());
}

#[test]
fn hints_are_counted_from_one_and_the_solution_comes_last() {
    let (_root, lab) = project();
    let hint = |number| {
        let exercise = name();
        lab.exercises.take(Ask::Hint { exercise, number }, &lab)
    };
    let second = Tell::Hint {
        exercise: name(),
        number: 2,
        of: 2,
        text: "two".to_owned(),
    };
    assert_eq!(hint(2).unwrap(), Some(second));
    assert!(hint(0).is_err());
    assert!(hint(3).is_err());
    let solution = Ask::Solution { exercise: name() };
    assert!(lab.exercises.take(solution, &lab).is_err());
}

#[test]
fn who_starts_anew_keeps_what_was_written_and_every_editor_is_told() {
    let (root, lab) = project();
    let (_, version) = opened(&lab);
    save(&lab, "// an attempt\n", &version).unwrap();
    let mut news = lab.news.subscribe();
    let anew = Ask::Anew { exercise: name() };
    assert_eq!(lab.exercises.take(anew, &lab).unwrap(), None);
    assert_eq!(written(&root), STARTER);
    let kept = root.path().join(FILE).with_extension("rs.1");
    assert_eq!(fs::read_to_string(kept).unwrap(), "// an attempt\n");
    let mut told = Vec::new();
    while let Ok(tell) = news.try_recv() {
        told.push(tell);
    }
    let note = "What you had written is kept as src/lib.rs.1.";
    assert!(told.iter().any(|tell| matches!(
        tell,
        Tell::Source { text, note: said, .. } if text == STARTER && said == note
    )));
    assert_eq!(lab.exercises.all(None)[0].standing, Standing::NotBegun);
}

#[test]
fn a_file_that_is_saved_outside_is_shown_in_every_editor() {
    let (root, lab) = project();
    let mut news = lab.news.subscribe();
    lab.exercises.saved(0, &lab);
    assert!(news.try_recv().is_err(), "nothing has changed");
    fs::write(root.path().join(FILE), "// outside\n").unwrap();
    lab.exercises.saved(0, &lab);
    let tell = news.try_recv();
    assert!(
        matches!(&tell, Ok(Tell::Source { text, .. }) if text == "// outside\n"),
        "{tell:?}"
    );
}
