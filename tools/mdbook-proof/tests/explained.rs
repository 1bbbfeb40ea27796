//! A book whose words somebody has read against its listings, and changes of
//! what the listings show: those that ask for another look, and those that do
//! not.
//!
//! The book is in `tests/explained`, and what is said of each change in
//! `tests/asked`. `SNAPSHOTS=overwrite cargo test` writes the latter.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use mdbook_proof::{Book, check, reading::take_marks, render};
use snapbox::{Data, assert_data_eq};
use support::{copy_all, copy_of};

mod support;

const ASKED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/asked");

const LIB: &str = "src/lib.rs";
const TEST: &str = "tests/copies.rs";
const COPYING: &str = "book/copying.md";
const CURES: &str = "tests/all/cures.rs";
const GREED: &str = "tests/all/cures/greed.rs";
const SILENCE: &str = "tests/all/cures/silence.rs";
const LINES: &str = "book/lines.md";

/// A change: the rule that asks, what the change is called, and the edits, each
/// with its file, what stands there, and what is put in its place.
type Change = (&'static str, &'static str, &'static [Edit]);
type Edit = (&'static str, &'static str, &'static str);

fn git(root: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .args([
            "-c",
            "user.name=author",
            "-c",
            "user.email=author@localhost",
        ])
        .args(arguments)
        .current_dir(root)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .status();
    assert!(status.unwrap().success(), "{arguments:?}");
}

/// The book as it was read, in a repository.
fn read_book() -> tempfile::TempDir {
    let folder = copy_of("explained");
    let root = folder.path();
    let book = Book::load(root).unwrap();
    let taken =
        take_marks(&book, &[], &mut io::sink(), &mut || Ok(true)).unwrap();
    assert_eq!(taken, 11);
    git(root, &["init", "--quiet"]);
    git(root, &["add", "--all"]);
    git(root, &["commit", "--quiet", "--message=as it was read"]);
    folder
}

fn edited(read: &Path, edits: &[Edit]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_all(read, folder.path());
    for (file, old, new) in edits {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{file} has no {old:?}");
        fs::write(path, text.replacen(old, new, 1)).unwrap();
    }
    folder
}

fn findings(root: &Path) -> (Vec<&'static str>, String) {
    let book = Book::load(root).unwrap();
    let findings = check(&book).unwrap().findings;
    let rules = findings.iter().map(|one| one.rule).collect();
    (rules, render(&findings, false))
}

/// A table that is not formatted: a line for each change.
macro_rules! table {
    ($($entry:tt)*) => { &[$($entry)*] };
}

#[test]
fn what_has_been_read_is_not_asked_again() {
    let read = read_book();
    let (rules, said) = findings(read.path());
    assert!(rules.is_empty(), "{said}");
}

#[test]
fn each_change_under_an_explanation_is_asked_about() {
    let read = read_book();
    let mut failures = Vec::new();
    for (rule, name, edits) in CHANGES {
        let folder = edited(read.path(), edits);
        let (rules, said) = findings(folder.path());
        if !rules.contains(rule) {
            failures.push(format!("{name}: {rules:?}"));
        }
        let path = PathBuf::from(ASKED).join(name).with_extension("txt");
        assert_data_eq!(said, Data::read_from(&path, None));
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(CHANGES.len() >= 40);
}

#[test]
fn what_readers_do_not_see_is_not_asked_about() {
    let read = read_book();
    let mut failures = Vec::new();
    for (name, edits) in QUIET {
        let folder = edited(read.path(), edits);
        let (rules, said) = findings(folder.path());
        if !rules.is_empty() {
            failures.push(format!("{name}:\n{said}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(QUIET.len() >= 20);
}

/// Where a page or a file stands does not matter.
#[test]
fn what_moves_is_not_asked_about() {
    let read = read_book();
    let moved: [(&str, &str, &[Edit]); 3] = [
        (
            "book/lines.md",
            "book/bytes.md",
            &[("book/SUMMARY.md", "lines.md", "bytes.md")],
        ),
        (
            "src/lib.rs",
            "src/all.rs",
            &[
                (COPYING, "src/lib.rs:limits", "src/all.rs:limits"),
                (COPYING, "src/lib.rs:copy", "src/all.rs:copy"),
                (LINES, "src/lib.rs:ended", "src/all.rs:ended"),
                (LINES, "src/lib.rs:lines", "src/all.rs:lines"),
            ],
        ),
        (
            "exercises/count/variants/solution.rs",
            "exercises/count/variants/right.rs",
            &[("book/exercises.md", "solution.rs", "right.rs")],
        ),
    ];
    for (from, to, edits) in moved {
        let folder = edited(read.path(), edits);
        let root = folder.path();
        fs::rename(root.join(from), root.join(to)).unwrap();
        if from == "src/lib.rs" {
            fs::write(root.join(from), "pub mod all;\npub use all::*;\n")
                .unwrap();
        }
        let (rules, said) = findings(root);
        assert!(rules.is_empty(), "{from}: {said}");
    }
}

/// A mark is taken for what has changed, and for nothing else.
#[test]
fn who_says_so_has_read() {
    let read = read_book();
    let folder = edited(
        read.path(),
        &[(LIB, "let mut copied = 0;", "let mut copied = 7;")],
    );
    let root = folder.path();
    let book = Book::load(root).unwrap();
    let before = fs::read_to_string(root.join("book/read.toml")).unwrap();

    // Not read after all.
    let mut shown = Vec::new();
    let taken = take_marks(&book, &[], &mut shown, &mut || Ok(false)).unwrap();
    let shown = String::from_utf8(shown).unwrap();
    assert_eq!(taken, 0);
    for said in [
        "== copying#the-copy",
        "-     let mut copied = 0;",
        "+     let mut copied = 7;",
        "`buffer` is all the room there is.",
    ] {
        assert!(shown.contains(said), "{shown}");
    }
    let after = fs::read_to_string(root.join("book/read.toml")).unwrap();
    assert_eq!(after, before);

    let key = "copying#the-copy".to_owned();
    let taken =
        take_marks(&book, &[key], &mut io::sink(), &mut || Ok(true)).unwrap();
    assert_eq!(taken, 1);
    let after = fs::read_to_string(root.join("book/read.toml")).unwrap();
    let changed = before.lines().zip(after.lines()).filter(|(a, b)| a != b);
    assert_eq!(changed.count(), 1);
    assert_eq!(before.lines().count(), after.lines().count());
    assert!(findings(root).0.is_empty());

    let wrong = "copying#the-cpoy".to_owned();
    let error = take_marks(&book, &[wrong], &mut io::sink(), &mut || Ok(true));
    let said = error.unwrap_err().to_string();
    assert!(said.contains("did you mean `copying#the-copy`?"), "{said}");
}

/// Without git there is no diff, and the question is asked all the same.
#[test]
fn a_book_without_a_history_is_asked_as_well() {
    let read = read_book();
    let folder = edited(read.path(), &[(LIB, "Ok(0)", "Ok(1)")]);
    fs::remove_dir_all(folder.path().join(".git")).unwrap();
    let (rules, said) = findings(folder.path());
    assert!(rules.contains(&"unread"), "{said}");
    assert!(said.contains("git does not know what it was"), "{said}");
}

const CHANGES: &[Change] = table! {
    // A name
    ("unread", "local-renamed", &[(LIB, "let mut copied = 0", "let mut sum = 0"), (LIB, "Ok(copied)", "Ok(sum)"), (LIB, "copied += ", "sum += ")]),
    ("unknown-name", "explained-local-renamed", &[(LIB, "let mut buffer", "let mut room"), (LIB, "&mut buffer", "&mut room"), (LIB, "&buffer[", "&room[")]),
    ("unread", "parameter-renamed", &[(LIB, "most: u64", "limit: u64"), (LIB, "most + 1", "limit + 1"), (LIB, "u64 > most", "u64 > limit")]),
    ("far-name", "explained-parameter-renamed", &[(LIB, "    most: u64", "    limit: u64"), (LIB, "most + 1", "limit + 1"), (LIB, "u64 > most", "u64 > limit")]),
    ("unknown-name", "variant-renamed", &[(LIB, "    TooLong,", "    OverLong,"), (LIB, "Ended::TooLong", "Ended::OverLong")]),
    ("unknown-name", "constant-renamed", &[(LIB, "const PAUSE", "const REST"), (LIB, "sleep(PAUSE)", "sleep(REST)")]),
    ("unknown-name", "function-renamed", &[(LIB, "pub fn copy_some(", "pub fn copy_part(")]),
    // A call
    ("far-name", "call-replaced", &[(LIB, "to.write_all(&buffer[..length])?;", "to.write(&buffer[..length])?;")]),
    ("far-name", "call-moved-into-a-helper", &[(LIB, "to.write_all(&buffer[..length])?;", "pass_on(&mut to, &buffer[..length])?;"), (LIB, "/// What no page", "fn pass_on(to: &mut impl Write, piece: &[u8]) -> io::Result<()> {\n    to.write_all(piece)\n}\n\n/// What no page")]),
    ("unread", "call-taken-away", &[(LIB, "        thread::sleep(PAUSE);\n", "")]),
    ("unread", "call-added", &[(LIB, "        copied += length;", "        to.flush()?;\n        copied += length;")]),
    ("unread", "method-replaced", &[(LIB, "from.take(most + 1)", "from.chain(io::empty())")]),
    ("unread", "question-mark-replaced", &[(LIB, "copy(from.take(most + 1), to)?", "copy(from.take(most + 1), to).unwrap()")]),
    // The order
    ("unread", "statements-swapped", &[(LIB, "        to.write_all(&buffer[..length])?;\n        copied += length;", "        copied += length;\n        to.write_all(&buffer[..length])?;")]),
    ("unread", "arms-swapped", &[(LIB, "            Ok(0) => return Ok(copied),\n            Ok(length) => length,", "            Ok(length) if length > 0 => length,\n            Ok(_) => return Ok(copied),")]),
    ("unread", "variants-swapped", &[(LIB, "    /// There was no more.\n    AtTheEnd,\n    /// There was more than was allowed.\n    TooLong,", "    /// There was more than was allowed.\n    TooLong,\n    /// There was no more.\n    AtTheEnd,")]),
    // A value
    ("unread", "literal-changed", &[(LIB, "LONGEST: usize = 100", "LONGEST: usize = 200")]),
    ("unread", "time-changed", &[(LIB, "from_millis(20)", "from_millis(40)")]),
    ("far-name", "pattern-changed", &[(LIB, "Ok(0) =>", "Ok(length) if length == 0 =>")]),
    ("unread", "sum-changed", &[(LIB, "most + 1", "most + 2")]),
    ("unread", "start-changed", &[(LIB, "let mut copied = 0", "let mut copied = 1")]),
    // What is decided
    ("unknown-name", "arm-taken-away", &[(LIB, "            // A signal came; it may go on.\n            Err(error) if error.kind() == ErrorKind::Interrupted => 0,\n", "")]),
    ("unread", "arm-added", &[(LIB, "            Ok(length) => length,", "            Ok(1) => 1,\n            Ok(length) => length,")]),
    ("far-name", "condition-changed", &[(LIB, "if copied as u64 > most", "if copied as u64 >= most")]),
    ("unread", "condition-negated", &[(LIB, "if error.kind() == ErrorKind", "if error.kind() != ErrorKind")]),
    ("far-name", "loop-changed", &[(LIB, "    loop {", "    while copied < usize::MAX {"), (LIB, "        copied += length;\n    }\n", "        copied += length;\n    }\n    Ok(copied)\n")]),
    ("far-name", "match-changed", &[(LIB, "match from.read(&mut buffer) {\n            Ok(0) => return Ok(copied),\n            Ok(length) => length,\n            // A signal came; it may go on.\n            Err(error) if error.kind() == ErrorKind::Interrupted => 0,\n            Err(error) => return Err(error),\n        };", "from.read(&mut buffer)?;")]),
    // What is declared
    ("far-name", "attribute-changed", &[(LIB, "#[derive(Debug, PartialEq)]", "#[derive(Debug, Clone)]")]),
    ("unread", "attribute-added", &[(LIB, "#[derive(Debug, PartialEq)]", "#[derive(Debug, PartialEq)]\n#[must_use]")]),
    ("unread", "type-changed", &[(LIB, "    most: u64,", "    most: u32,")]),
    ("far-name", "explained-type-changed", &[(LIB, "const PAUSE: Duration = Duration::from_millis(20)", "const PAUSE: u64 = 20"), (LIB, "sleep(PAUSE)", "sleep(Duration::from_millis(PAUSE))")]),
    ("unread", "bound-changed", &[(LIB, "mut to: impl Write", "mut to: impl Write + Send")]),
    ("unread", "visibility-changed", &[(LIB, "const PAUSE", "pub const PAUSE")]),
    ("unread", "shown-comment-changed", &[(LIB, "// A signal came; it may go on.", "// It goes on.")]),
    ("unread", "shown-documentation-changed", &[(LIB, "/// Copies all that comes.", "/// Copies what comes.")]),
    // What is shown
    ("unread", "listing-extended", &[(LIB, "// ANCHOR_END: limits\n", "const MORE: u8 = 1;\n// ANCHOR_END: limits\n")]),
    ("unread", "anchor-one-line-up", &[(LIB, "// ANCHOR_END: limits\n\n// Below", "\n// Below"), (LIB, "/// How long to wait", "// ANCHOR_END: limits\n/// How long to wait")]),
    ("unread", "anchor-one-line-down", &[(LIB, "// ANCHOR: copy\n/// Copies all that comes.\n", "/// Copies all that comes.\n// ANCHOR: copy\n")]),
    ("unread", "another-listing", &[(COPYING, "src/lib.rs:limits", "src/lib.rs:ended")]),
    ("unread", "listing-taken-away", &[(LINES, "```rust\n{{#include ../src/lib.rs:ended}}\n```\n", "")]),
    ("unread", "table-measured-anew", &[("measured/speed.md", "0.25", "0.75")]),
    ("unread", "session-played-anew", &[(COPYING, "terminal | hello", "terminal | HELLO")]),
    ("unread", "session-with-more", &[(COPYING, "terminal ^D", "terminal < more\nterminal | more\nterminal ^D")]),
    ("unread", "edit-with-another-value", &[(LINES, "let naps = 4", "let naps = 5")]),
    ("unread", "edit-that-takes-less-away", &[(LINES, "-    let rounds", "     let rounds")]),
    ("unread", "edit-of-another-function", &[("src/idle.rs", "fn idle", "fn nap"), (LINES, "fn idle", "fn nap")]),
    ("edit-place", "edit-of-a-changed-file", &[("src/idle.rs", "let rounds = 3", "let rounds = 4")]),
    ("unknown-name", "edit-with-another-name", &[(LINES, "let naps", "let sleeps"), (LINES, "+    naps", "+    sleeps")]),
    ("unread", "diff-of-a-changed-file", &[("src/two.rs", "saturating_add", "wrapping_add")]),
    ("unread", "diff-to-a-changed-file", &[("src/one.rs", "first + second", "second + first")]),
    ("unread", "diff-to-another-file", &[(LINES, "diff=one.rs", "diff=idle.rs")]),
    ("unread", "diff-that-is-none", &[(LINES, "rust,diff=one.rs", "rust")]),
    ("unknown-name", "diff-without-a-name", &[("src/one.rs", "second: u32", "other: u32"), ("src/one.rs", "first + second", "first + other"), ("src/two.rs", "second: u32", "other: u32"), ("src/two.rs", "(second)", "(other)")]),
    ("far-name", "name-outside-of-the-diff", &[(LINES, "however large `second` is", "however large `number` is")]),
    ("unread", "words-changed-as-well", &[(LIB, "let mut copied = 0", "let mut copied = 1"), (COPYING, "`buffer` is all the room", "`buffer` is the whole room")]),
    ("unread", "new-section", &[(LINES, "## What it is not", "## Once more\n\n```rust\n{{#include ../src/lib.rs:ended}}\n```\n\n`TooLong` is the second.\n\n## What it is not")]),
    // A proof
    ("unread", "test-weakened", &[(TEST, "    assert_eq!(copy(&long[..], Vec::new()).unwrap(), 1000);", "    assert!(copy(&long[..], Vec::new()).is_ok());")]),
    ("unread", "test-with-another-value", &[(TEST, "let long = [0; 1000];", "let long = [0; 10];"), (TEST, "unwrap(), 1000)", "unwrap(), 10)")]),
    ("unknown-proof", "test-renamed", &[(TEST, "fn a_piece_has_a_limit", "fn a_piece_has_its_limit")]),
    ("unknown-proof", "test-ignored", &[(TEST, "#[test]\nfn a_piece_has_a_limit", "#[test]\n#[ignore]\nfn a_piece_has_a_limit")]),
    ("unknown-proof", "proof-that-is-no-test", &[(COPYING, "a_piece_has_a_limit", "helper")]),
    ("unknown-proof", "proof-in-no-file", &[(COPYING, "tests/copies.rs a_piece", "tests/copiers.rs a_piece")]),
    ("unknown-proof", "session-that-is-not-there", &[(COPYING, "<!-- proof: none it is too short to\nbe seen -->", "<!-- proof: session -->")]),
    ("unknown-proof", "table-that-is-no-session", &[(COPYING, "A thousand pieces take a quarter of a second.", "A thousand pieces take a quarter of a second.<!-- proof: session -->")]),
    ("unknown-proof", "nothing-without-a-reason", &[(COPYING, "<!-- proof: none it is too short to\nbe seen -->", "<!-- proof: none -->")]),
    ("unknown-proof", "about-nothing", &[("book/exercises.md", "variants/solution.rs", "variants/solved.rs")]),
    ("unproved-claim", "claim-without-a-proof", &[(COPYING, "A copier takes a piece and passes it on.", "A copier never forgets a piece.")]),
    ("unproved-claim", "proof-taken-away", &[(COPYING, "<!-- proof: tests/copies.rs a_piece_has_a_limit --> The copier\nwaits", " And so\nit goes.\n\nThe copier waits")]),
    // Cures
    ("unread", "flaw-with-another-name", &[(SILENCE, "never says", "seldom says")]),
    ("unread", "cure-with-another-name", &[(GREED, "stops_at_its_limit", "stops_at_the_limit")]),
    ("unread", "cure-taken-away", &[(CURES, "mod greed;\n", "")]),
    ("unread", "cures-in-another-order", &[(CURES, "mod silence;\nmod greed;", "mod greed;\nmod silence;")]),
    ("cure-form", "flaw-without-a-name", &[(GREED, "//! A source", "// A source")]),
    ("cure-form", "flaw-without-a-cure", &[(GREED, "#[tokio::test(start_paused = true)]\n", "")]),
    ("cure-form", "flaw-with-two-cures", &[(GREED, "fn helper() {}", "#[test]\nfn helper() {}")]),
    ("cure-form", "cure-of-no-program", &[(GREED, "careful_copier_stops", "carefull_copier_stops")]),
    ("cure-form", "cure-of-nobody", &[(GREED, "careful_copier_stops", "it_stops")]),
    ("cure-form", "cure-of-the-program-alone", &[(GREED, "copier_takes_more_than_there_is_room_for", "copier")]),
    ("cure-form", "cure-of-the-same-program", &[(GREED, "careful_copier_stops", "copier_stops")]),
    ("unknown-proof", "cure-that-is-ignored", &[(GREED, "#[tokio::test(start_paused = true)]\n", "#[tokio::test(start_paused = true)]\n#[ignore]\n")]),
    ("missing-file", "cure-that-is-not-there", &[(CURES, "mod greed;", "mod grief;")]),
    ("missing-file", "cures-that-are-not-there", &[(LINES, "all/cures.rs", "all/curses.rs")]),
    // Exercises
    ("far-name", "starter-changed", &[("exercises/count/variants/starter.rs", "pub fn count(mut from", "pub fn count(mut source"), ("exercises/count/variants/starter.rs", "from.read_to_end", "source.read_to_end")]),
    ("unread", "starter-with-another-value", &[("exercises/count/variants/starter.rs", "Ok(0)", "Ok(1)")]),
    ("unknown-name", "solution-changed", &[("exercises/count/variants/solution.rs", "let mut met = 0;", "let mut all = 0;"), ("exercises/count/variants/solution.rs", "met += ", "all += "), ("exercises/count/variants/solution.rs", "Ok(met)", "Ok(all)")]),
    ("unread", "solution-with-more-room", &[("exercises/count/variants/solution.rs", "[0; 16]", "[0; 32]")]),
    // Drawings
    ("unread", "drawing-changed", &[("book/copy.svg", "The way of a piece", "The ways of a piece")]),
    ("unknown-name", "drawing-names-nothing", &[("book/copy.svg", ">write_all<", ">write_everything<")]),
    ("unknown-name", "caption-names-nothing", &[(COPYING, "reader to write_all", "reader to write_allways")]),
    ("unknown-name", "alt-text-names-nothing", &[(COPYING, "<figcaption>", "<img src=\"copy.svg\" alt=\"A piece, by write_nothing\">\n<figcaption>")]),
    ("far-name", "alt-text-names-something-else", &[(COPYING, "## Try it", "![A piece, by `copy_some`](copy.svg)\n\n## Try it")]),
    ("far-name", "caption-names-something-else", &[(COPYING, "reader to write_all", "reader to copy_some")]),
    // Names
    ("far-name", "name-of-a-later-page", &[(COPYING, "passes it on.", "passes it on, and `TooLong` is an error.")]),
    ("far-name", "name-of-a-later-page-behind-a-link", &[(COPYING, "passes it on.", "passes it on. [Later](lines.md) it says `TooLong`.")]),
    ("far-name", "name-of-nowhere-near", &[(LINES, "Then it sleeps.", "Then it is `hidden`.")]),
    ("far-name", "keyword-that-is-not-there", &[(LINES, "Then it sleeps.", "A `while` sleeps.")]),
    ("far-name", "link-that-does-not-say-it", &[(COPYING, "trait.Read.html#method.read_to_end", "trait.Read.html")]),
    ("far-name", "shown-and-said-not-to-be", &[(COPYING, "``write``", "``write_all``")]),
    ("far-name", "link-taken-away", &[(LINES, "[`buffer`](copying.md#the-copy)", "`buffer`")]),
};

const QUIET: &[(&str, &[Edit])] = table! {
    ("formatting", &[(LIB, "let mut buffer = [0; LONGEST];", "let mut buffer =\n        [0; LONGEST];")]),
    ("a trailing comma", &[(LIB, "copy(from.take(most + 1), to)?", "copy(\n        from.take(most + 1),\n        to,\n    )?")]),
    ("several lines of one", &[(LIB, "pub fn copy(mut from: impl Read, mut to: impl Write)", "pub fn copy(\n    mut from: impl Read,\n    mut to: impl Write,\n)")]),
    ("indentation", &[(LIB, "        copied += length;", "            copied += length;")]),
    ("a blank line", &[(LIB, "    let mut copied = 0;\n", "    let mut copied = 0;\n\n")]),
    ("a shown comment, wrapped", &[(LIB, "// A signal came; it may go on.", "// A signal came;\n            // it may go on.")]),
    ("a comment outside", &[(LIB, "// Below stands what the second page shows.", "// Below stands more.")]),
    ("a new comment outside", &[(LIB, "/// What no page shows.", "// It is hidden.\n/// What no page shows.")]),
    ("documentation of the file", &[(LIB, "//! Copies bytes, and lines.", "//! Copies lines.")]),
    ("an import", &[(LIB, "    thread,\n", "    thread::{self},\n")]),
    ("what no page shows, renamed", &[(LIB, "pub fn hidden(", "pub fn unseen(")]),
    ("a parameter of it", &[(LIB, "hidden(secret: u32)", "hidden(key: u32)"), (LIB, "secret + 1", "key + 1")]),
    ("new code outside", &[(LIB, "/// What no page shows.", "/// New.\npub const NEW: u8 = 1;\n\n/// What no page shows.")]),
    ("code moved within the file", &[(LIB, "/// What no page shows.\npub fn hidden(secret: u32) -> u32 {\n    secret + 1\n}\n", ""), (LIB, "// Below stands", "/// What no page shows.\npub fn hidden(secret: u32) -> u32 {\n    secret + 1\n}\n\n// Below stands")]),
    ("another test", &[(TEST, "fn helper()", "#[test]\nfn nothing_is_nothing() {\n    assert_eq!(helper(), 0);\n}\n\nfn helper()")]),
    ("a test that proves nothing here", &[(TEST, "fn it_is_not_run", "fn it_is_never_run")]),
    ("documentation of a test", &[(TEST, "#[test]\nfn a_piece", "/// No longer than this.\n#[test]\nfn a_piece")]),
    ("a test, formatted", &[(TEST, "let long = [0; 1000];", "let long =\n        [0; 1000];")]),
    ("a typo in the words", &[(COPYING, "all the room there is", "all the space there is")]),
    ("an edit, indented otherwise", &[(LINES, "-    let rounds = 3;\n-    rounds\n+    let naps = 4;\n+    naps", "-        let rounds = 3;\n-        rounds\n+        let naps = 4;\n+        naps"), (LINES, " pub fn idle", "     pub fn idle")]),
    ("a test of a cure", &[(GREED, "    helper();", "    helper();\n    helper();")]),
    ("more about a flaw", &[(SILENCE, "open all the same", "there all the same")]),
    ("what both files of a diff have", &[("src/one.rs", "number * 2", "2 * number"), ("src/two.rs", "number * 2", "2 * number")]),
    ("an anchor in a file of a diff", &[("src/one.rs", "/// The sum", "// ANCHOR: sum\n/// The sum"), ("src/one.rs", "}\n\n/// Both", "}\n// ANCHOR_END: sum\n\n/// Both")]),
    ("what is around an edit", &[("src/idle.rs", "/// How often it sleeps.", "/// It sleeps.")]),
    ("a sentence more", &[(LINES, "Then it sleeps.", "Then it sleeps. That is polite.")]),
    ("words that are wrapped otherwise", &[(LINES, "There are two ways, `AtTheEnd`", "There are two\nways, `AtTheEnd`")]),
    ("a new heading", &[(LINES, "## Some of it", "## A part of it")]),
    ("chapters in another order", &[("book/SUMMARY.md", "- [Lines](lines.md)\n- [Exercises](exercises.md)", "- [Exercises](exercises.md)\n- [Lines](lines.md)")]),
    ("a chapter with another title", &[("book/SUMMARY.md", "[Lines]", "[Bytes]")]),
    ("a section without a listing", &[(LINES, "## What it is not", "## An aside\n\nNothing is shown here.\n\n## What it is not")]),
    ("sections in another order", &[(LINES, "## How it ends\n\n```rust\n{{#include ../src/lib.rs:ended}}\n```\n\nThere are two ways, `AtTheEnd` and `TooLong`. Both can be compared, by `PartialEq`.\n\n", ""), (LINES, "## What it is not", "## How it ends\n\n```rust\n{{#include ../src/lib.rs:ended}}\n```\n\nThere are two ways, `AtTheEnd` and `TooLong`. Both can be compared, by `PartialEq`.\n\n## What it is not")]),
    ("a drawing that is moved", &[("book/copy.svg", "x=\"0\" y=\"10\"", "x=\"5\" y=\"10\"")]),
    ("an anchor of another name", &[(LIB, "// ANCHOR: limits", "// ANCHOR: bounds"), (LIB, "// ANCHOR_END: limits", "// ANCHOR_END: bounds"), (COPYING, "lib.rs:limits", "lib.rs:bounds")]),
    ("the way to the exercise's solution", &[("exercises/count/variants/solution.rs", "//! Count the bytes.", "//! Count the bytes.\n//")]),
};
