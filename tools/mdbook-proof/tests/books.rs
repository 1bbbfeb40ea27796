//! Books that are right, as other people write them: with what mdBook's guide
//! describes, and in no style of ours. The profile `silent` has nothing to say
//! of them, and finds what mdBook would do wrong in them without a word.

use std::fs;

use mdbook_proof::{Book, check, profile::Level, render};
use support::copy_of;

mod support;

/// The folders with a `book.toml`.
const ROOTS: [&str; 4] = ["plain", "code/docs", "settings", "root"];

#[test]
fn silent_has_nothing_to_say_of_books_that_are_right() {
    let folder = copy_of("books");
    for root in ROOTS {
        let book = Book::load(folder.path().join(root)).unwrap();
        let findings = check(&book).unwrap().findings;
        assert!(findings.is_empty(), "{root}:\n{}", render(&findings, false));
    }
}

/// A book whose site is whole is right by another measure.
#[cfg(feature = "site")]
#[test]
fn mdbook_has_nothing_to_say_of_these_books() {
    for root in ["plain", "code/docs", "root"] {
        let folder = copy_of("books");
        let root = folder.path().join(root);
        // They need not be installed for this.
        let path = root.join("book.toml");
        let config = fs::read_to_string(&path).unwrap();
        let end = config.find("[preprocessor").unwrap_or(config.len());
        fs::write(path, &config[..end]).unwrap();
        let mut faults = mdbook_proof::site::check(&root).unwrap();
        // These books speak of directives.
        faults.retain(|fault| fault.rule != "literal-directive");
        assert_eq!(faults, []);
    }
}

/// A fault: what it is called, the book, the rule, the file, what stands
/// there, and what is put in its place. For nothing, it is added at the end.
type Fault = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const FAULTS: &[Fault] = &[
    (
        "plain",
        "missing-file",
        "src/parts/deeper.md",
        "line.txt",
        "lien.txt",
    ),
    (
        "code/docs",
        "nested-include",
        "src/anchors.md",
        "   {{#include ../../src/lib.rs:sum}}",
        "   {{#rustdoc_include ../../src/lib.rs:sum}}",
    ),
    (
        "code/docs",
        "malformed-directive",
        "src/anchors.md",
        "rustdoc_include",
        "rustdoc-include",
    ),
    (
        "code/docs",
        "missing-file",
        "src/anchors.md",
        "lib.rs:add",
        "lbi.rs:add",
    ),
    (
        "code/docs",
        "unknown-anchor",
        "src/anchors.md",
        "lib.rs:add",
        "lib.rs:ad",
    ),
    (
        "code/docs",
        "unknown-anchor",
        "src/anchors.md",
        "rustdoc_include ../../src/lib.rs:types",
        "rustdoc_include ../../src/lib.rs:type",
    ),
    (
        "code/docs",
        "unknown-anchor",
        "src/lines.md",
        "rs:1:2",
        "rs:1-2",
    ),
    (
        "code/docs",
        "empty-anchor",
        "../src/lib.rs",
        "    pair.0 + pair.1\n",
        "",
    ),
    (
        "code/docs",
        "split-anchor",
        "src/anchors.md",
        "rustdoc_include",
        "include",
    ),
    (
        "code/docs",
        "numeric-anchor",
        "../src/bin/shown.rs",
        "fn main",
        "// ANCHOR: 2\n// ANCHOR_END: 2\nfn main",
    ),
    (
        "code/docs",
        "empty-range",
        "src/lines.md",
        "rs:2}",
        "rs:20}",
    ),
    (
        "code/docs",
        "empty-range",
        "src/lines.md",
        "rs:2:2}",
        "rs:3:2}",
    ),
    (
        "code/docs",
        "space-in-directive",
        "src/anchors.md",
        ":add",
        ": add",
    ),
    (
        "code/docs",
        "malformed-directive",
        "src/anchors.md",
        "{#inc",
        "{# inc",
    ),
    (
        "code/docs",
        "malformed-directive",
        "src/lines.md",
        "{{#inc",
        "{{inc",
    ),
    (
        "plain",
        "malformed-directive",
        "src/more.md",
        "{{#inc",
        "{#inc",
    ),
    (
        "plain",
        "malformed-directive",
        "src/more.md",
        "include",
        "inculde",
    ),
    (
        "code/docs",
        "missing-file",
        "src/programs.md",
        "shown.rs",
        "shwon.rs",
    ),
    (
        "code/docs",
        "nested-include",
        "src/anchors.md",
        "   {{#include ../../src/lib.rs:sum}}",
        "   {{#include ../../src/lib.rs:add}}",
    ),
    (
        "code/docs",
        "shown-marker",
        "src/lines.md",
        "../../Cargo.toml",
        "../../src/lib.rs",
    ),
    (
        "code/docs",
        "included-directive",
        "../Cargo.toml",
        "[workspace]",
        "# {{#include Cargo.lock}}\n[workspace]",
    ),
    (
        "code/docs",
        "unclosed-anchor",
        "../src/lib.rs",
        "// ANCHOR_END: add\n",
        "",
    ),
    (
        "code/docs",
        "code-beside-marker",
        "../src/lib.rs",
        "}\n// ANCHOR_END: add",
        "} // ANCHOR_END: add",
    ),
    (
        "code/docs",
        "hidden-line",
        "../src/lib.rs",
        "    pair.0 + pair.1\n",
        "    \"\n    # lost\n    \".len() as u8\n",
    ),
    (
        "plain",
        "unclosed-fence",
        "src/more.md",
        "",
        "\n```text\nlost\n",
    ),
    ("settings", "build-dir", "book.toml", "\"out\"", "\"text\""),
    (
        "settings",
        "html-setting",
        "book.toml",
        "smart-punctuation",
        "smart-punctation",
    ),
    (
        "settings",
        "watched-folder",
        "book.toml",
        "tool/src",
        "tools/src",
    ),
    (
        "plain",
        "missing-page",
        "src/SUMMARY.md",
        "more.md",
        "moer.md",
    ),
    (
        "plain",
        "orphan-page",
        "src/SUMMARY.md",
        "- [Templates](templates.md)\n",
        "",
    ),
    (
        "plain",
        "orphan-page",
        "src/preface.md",
        "{{#include parts/notice.md}}\n",
        "",
    ),
    (
        "plain",
        "readme-link",
        "src/preface.md",
        "index.md",
        "README.md",
    ),
    (
        "plain",
        "missing-file",
        "src/parts/notice.md",
        "../contr",
        "contr",
    ),
    (
        "settings",
        "cargo-target",
        "text/chapters/one.md",
        "--bin turn",
        "--bin trun",
    ),
    (
        "settings",
        "cargo-target",
        "text/chapters/one.md",
        "run -p tool",
        "run -p tolo",
    ),
    (
        "settings",
        "cargo-metadata",
        "Cargo.toml",
        "[workspace]",
        "[workspace",
    ),
];

#[test]
fn silent_finds_what_mdbook_does_wrong_without_a_word() {
    let mut failures = Vec::new();
    for fault in FAULTS {
        let (root, rule, ..) = fault;
        let (name, findings) = with(fault, "");
        let rules: Vec<_> = findings.iter().map(|one| one.rule).collect();
        if !rules.contains(rule) {
            failures.push(format!("{root}: {name}: {rules:?}, not {rule}"));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// `mdbook init` writes no `build-dir`, and that is a matter of taste.
#[test]
fn the_default_build_dir_is_no_fault_unless_it_holds_the_pages() {
    let fault = ("plain", "", "book.toml", "", "\n");
    let rules = |settings| {
        let (_, findings) = with(&fault, settings);
        findings.iter().map(|one| one.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(""), [""; 0]);
    let proven = "[preprocessor.proof]\nprofile = \"proven\"\n";
    assert!(rules(proven).contains(&"default-build-dir"));
}

/// What the settings say of a rule goes before what the profile says.
#[test]
fn a_level_is_set_for_a_rule() {
    let fault = &(
        "code/docs",
        "",
        "src/anchors.md",
        "lib.rs:add",
        "lbi.rs:add",
    );
    let (_, findings) = with(fault, "");
    assert_eq!(findings[0].level, Level::Deny);
    let set = "[preprocessor.proof.rules]\nmissing-file = \"warn\"\n";
    let (_, findings) = with(fault, set);
    assert_eq!(findings[0].level, Level::Warn);
    assert!(render(&findings, false).starts_with("warning[missing-file]"));
    let set = "[preprocessor.proof.rules]\nmissing-file = \"allow\"\n";
    let (_, findings) = with(fault, set);
    assert!(findings.is_empty(), "{}", render(&findings, false));
}

/// The findings in a book with a fault, and with more settings.
fn with(fault: &Fault, settings: &str) -> (String, Vec<mdbook_proof::Finding>) {
    let (root, _, file, right, wrong) = fault;
    let folder = copy_of("books");
    let root = folder.path().join(root);
    let path = root.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(right), "{file}: nothing to replace: {right}");
    let text = match *right {
        "" => text + wrong,
        right => text.replacen(right, wrong, 1),
    };
    fs::write(path, text).unwrap();
    let path = root.join("book.toml");
    let config = fs::read_to_string(&path).unwrap() + settings;
    fs::write(path, config).unwrap();
    let book = Book::load(&root).unwrap();
    let name = format!("{file}: {right:?} => {wrong:?}");
    (name, check(&book).unwrap().findings)
}
