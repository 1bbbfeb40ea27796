//! The proof-reader as a command of its own.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use support::copy_of;

mod support;

/// A book of one page, and these files beside it.
fn book(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let own = [
        (
            "book.toml",
            "[build]\nbuild-dir = \"out\"\n[preprocessor.proof]\n\
             crates = [\"code\"]\n",
        ),
        ("src/SUMMARY.md", "- [A page](page.md)\n"),
        ("src/page.md", "# A page\n"),
        ("code/lib.rs", "fn greet() {}\n"),
    ];
    for (path, text) in own.iter().chain(files) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn proof(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mdbook-proof"));
    command.arg("check").arg(root).env("RUST_BACKTRACE", "1");
    command
}

#[track_caller]
fn fails(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(!said.contains("backtrace"), "{said}");
    said
}

#[test]
fn a_manifest_that_is_no_toml_is_one_finding_with_cargos_words() {
    let folder = book(&[("Cargo.toml", "[package\n")]);
    let said = fails(&proof(folder.path()).output().unwrap());
    assert!(said.contains("error[cargo-metadata]"), "{said}");
    assert!(said.contains("Cargo.toml:1:9"), "{said}");
    assert!(said.contains("1 thing is wrong"), "{said}");
}

#[test]
fn a_workspace_without_a_member_is_one_finding_with_cargos_words() {
    let manifest = "[workspace]\nmembers = [\"gone\"]\n";
    let folder = book(&[("Cargo.toml", manifest)]);
    let said = fails(&proof(folder.path()).output().unwrap());
    assert!(
        said.contains("`cargo metadata --no-deps --offline`"),
        "{said}"
    );
    assert!(said.contains("failed to load manifest"), "{said}");
    assert!(said.contains("gone"), "{said}");
}

#[test]
fn a_machine_without_cargo_is_one_finding() {
    let folder = book(&[("Cargo.toml", "[workspace]\n")]);
    let mut proof = proof(folder.path());
    proof.env("PATH", "/nowhere").env_remove("CARGO");
    let said = fails(&proof.output().unwrap());
    assert!(said.contains("error[cargo-metadata]"), "{said}");
    assert!(said.contains("failed to start `cargo metadata`"), "{said}");
}

/// An anchor in two pieces, of which mdBook shows one.
fn book_in_pieces() -> tempfile::TempDir {
    let piece = "// ANCHOR: a\nfn a() {}\n// ANCHOR_END: a\n";
    let page = "# A page\n\n```rust\n{{#include ../code/a.rs:a}}\n```\n";
    book(&[("code/a.rs", &piece.repeat(2)), ("src/page.md", page)])
}

#[test]
fn a_warning_is_shown_and_is_no_failure() {
    let folder = book_in_pieces();
    let output = proof(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("warning[split-anchor]"), "{said}");
    assert!(output.status.success(), "{said}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "1 page: 1 thing may be wrong\n");
}

#[test]
fn a_warning_can_be_made_a_failure() {
    let folder = book_in_pieces();
    let path = folder.path().join("book.toml");
    let config = fs::read_to_string(&path).unwrap();
    let set = "[preprocessor.proof.rules]\nsplit-anchor = \"deny\"\n";
    fs::write(path, config + set).unwrap();
    let said = fails(&proof(folder.path()).output().unwrap());
    assert!(said.contains("error[split-anchor]"), "{said}");
    assert!(said.contains("1 thing is wrong"), "{said}");
}

/// Without a terminal nobody is asked.
#[test]
fn who_reads_sections_is_shown_them_once() {
    let folder = copy_of("explained");
    let read = |sections: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_mdbook-proof"))
            .arg("read")
            .args(sections)
            .args(["--book".as_ref(), folder.path()])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let said = read(&["copying#the-limits"]);
    assert!(
        said.starts_with("== copying#the-limits: The limits"),
        "{said}"
    );
    assert!(said.contains("pub const LONGEST: usize = 100;"), "{said}");
    assert!(
        said.contains("A piece has at most `LONGEST` bytes."),
        "{said}"
    );
    assert!(said.ends_with("\n1 section read\n"), "{said}");
    assert!(read(&[]).ends_with("\n10 sections read\n"));
    assert_eq!(read(&[]), "0 sections read\n");
    assert!(proof(folder.path()).output().unwrap().status.success());
}

#[test]
fn a_book_without_a_file_for_marks_says_how_to_name_one() {
    let folder = book(&[]);
    let output = Command::new(env!("CARGO_BIN_EXE_mdbook-proof"))
        .args(["read".as_ref(), "--book".as_ref(), folder.path()])
        .output()
        .unwrap();
    let said = fails(&output);
    assert!(said.contains("read = \"read.toml\""), "{said}");
}
