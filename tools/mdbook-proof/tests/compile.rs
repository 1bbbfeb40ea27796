//! Listings that must not compile.

use std::fs;

use mdbook_proof::{Book, compile::check, render};

const RIGHT: &str = "error[E0308]: mismatched types\n";

/// What is wrong with a listing, given what is written beside it, and what is
/// written beside it after it has been overwritten.
fn said(code: &str, stderr: &str, rustc: &str) -> (String, bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("src")).unwrap();
    fs::create_dir_all(root.join("fail")).unwrap();
    let config = format!(
        "[preprocessor.proof.compile-fail]\nfolders = [\"fail\"]\n{rustc}\n"
    );
    let files = [
        ("book.toml", &*config),
        ("src/SUMMARY.md", "# Summary\n"),
        ("fail/wrong.rs", code),
        ("fail/wrong.stderr", stderr),
    ];
    for (path, text) in files {
        fs::write(root.join(path), text).unwrap();
    }
    let book = Book::load(root).unwrap();
    let compiled = check(&book, false).unwrap();
    assert_eq!(compiled.files, 1);
    check(&book, true).unwrap();
    let written = fs::read_to_string(root.join("fail/wrong.stderr")).unwrap();
    let findings = render(&compiled.findings, false);
    (findings, compiled.other_version.is_some(), written)
}

const WRONG: &str = "fn main() {\n    let a: u8 = \"a\";\n}\n";

#[test]
fn what_the_compiler_says_is_pinned() {
    let (findings, _, written) = said(WRONG, RIGHT, "");
    assert!(findings.contains("says it in other words"), "{findings}");
    assert!(written.starts_with(RIGHT), "{written}");
    assert!(written.contains("--> fail/wrong.rs:2:17"), "{written}");
    assert!(!written.contains("aborting"), "{written}");

    let (findings, _, again) = said(WRONG, &written, "");
    assert_eq!(findings, "");
    assert_eq!(again, written);
}

#[test]
fn another_error_is_found() {
    let (findings, _, _) = said(WRONG, "error[E0382]: moved\n", "");
    assert!(findings.contains("for another reason"), "{findings}");
}

#[test]
fn code_that_compiles_is_found() {
    let (findings, _, _) = said("fn main() {}\n", RIGHT, "");
    assert!(findings.contains("this compiles"), "{findings}");
}

#[test]
fn another_compiler_is_held_to_the_code_only() {
    let (findings, other, _) = said(WRONG, RIGHT, "rustc = \"1.0.0\"");
    assert_eq!(findings, "");
    assert!(other);
    let moved = "error[E0382]: moved\n";
    let (findings, _, _) = said(WRONG, moved, "rustc = \"1.0.0\"");
    assert!(findings.contains("for another reason"), "{findings}");
}
