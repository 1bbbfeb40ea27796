//! A small book that is right, one fault put into it, and what the
//! proof-reader says of it.
//!
//! The book is in `tests/right`, and what is said of each fault in
//! `tests/findings`. `SNAPSHOTS=overwrite cargo test` writes the latter.

use std::{fs, path::Path};

use mdbook_proof::{Book, check, profile::RULES, render};
use snapbox::{Data, assert_data_eq};
use support::copy_of;

mod support;

const FINDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/findings");

/// A fault: the rule that it breaks, the file, what stands there, and what is
/// put in its place. For nothing, the text is added at the end.
struct Fault {
    rule: &'static str,
    name: &'static str,
    file: &'static str,
    right: &'static str,
    wrong: &'static str,
}

fn put_in(fault: &Fault, root: &Path) {
    let path = root.join(fault.file);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let wrong = if fault.right.is_empty() {
        text + fault.wrong
    } else {
        let count = text.matches(fault.right).count();
        assert!(count > 0, "{}: nothing to replace", fault.name);
        text.replacen(fault.right, fault.wrong, 1)
    };
    if wrong.is_empty() {
        fs::remove_file(path).unwrap();
    } else {
        fs::write(path, wrong).unwrap();
    }
}

#[test]
fn the_right_book_has_no_fault() {
    let folder = copy_of("right");
    let book = Book::load(folder.path()).unwrap();
    let findings = check(&book).unwrap().findings;
    assert!(findings.is_empty(), "{}", render(&findings, false));
}

#[test]
fn each_fault_is_found_and_nothing_else() {
    let mut failures = Vec::new();
    for fault in FAULTS {
        let folder = copy_of("right");
        put_in(fault, folder.path());
        let book = Book::load(folder.path()).unwrap();
        let findings = check(&book).unwrap().findings;
        let rules: Vec<&str> = findings.iter().map(|one| one.rule).collect();
        if !rules.contains(&fault.rule) {
            failures.push(format!("{}: found {rules:?}", fault.name));
        }
        let path = Path::new(FINDINGS).join(fault.name).with_extension("txt");
        let said = render(&findings, false);
        assert_data_eq!(said, Data::read_from(&path, None));
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// A rule that no fault breaks.
#[test]
fn every_rule_is_proved() {
    // They have tests of their own.
    let elsewhere = [
        "cargo-metadata",
        "default-build-dir",
        "readme-link",
        // In `explained`.
        "far-name",
        "unread",
        "unproved-claim",
        "unknown-proof",
        "cure-form",
    ];
    for rule in RULES {
        let proved = FAULTS.iter().any(|fault| fault.rule == rule.id);
        let elsewhere = elsewhere.contains(&rule.id);
        assert!(proved || elsewhere, "nothing breaks {}", rule.id);
    }
}

macro_rules! faults {
    ($($rule:literal, $name:literal: $file:literal, $right:expr => $wrong:expr;)*) => {
        &[$(Fault {
            rule: $rule,
            name: $name,
            file: $file,
            right: $right,
            wrong: $wrong,
        }),*]
    };
}

const FAULTS: &[Fault] = faults! {
    // Directives
    "missing-file", "missing-file": "book/greeting.md", "src/lib.rs:greet" => "src/lbi.rs:greet";
    "unknown-anchor", "unknown-anchor": "book/greeting.md", "lib.rs:greet" => "lib.rs:great";
    "split-anchor", "split-anchor": "src/lib.rs", "" => "// ANCHOR: shout\nconst A: u8 = 0;\n// ANCHOR_END: shout\n";
    "numeric-anchor", "numeric-anchor-that-is-shown": "book/greeting.md", "../src/lib.rs:words" => "../numbered.rs:12";
    "empty-range", "empty-range": "book/greeting.md", "lib.rs:words" => "lib.rs:900:905";
    "empty-range", "reversed-range": "book/greeting.md", "lib.rs:words" => "lib.rs:9:4";
    "empty-anchor", "empty-anchor": "src/lib.rs", "        let words = format!(\"{} greets {whom}\", self.name);\n        words\n" => "";
    "line-range", "line-range": "book/greeting.md", "lib.rs:words" => "lib.rs:13:16";
    "unknown-anchor", "line-range-with-a-dash": "book/greeting.md", "lib.rs:words" => "lib.rs:3-5";
    "space-in-directive", "space-before-the-anchor": "book/greeting.md", "lib.rs:greet" => "lib.rs: greet";
    "space-in-directive", "words-after-the-anchor": "book/greeting.md", "lib.rs:greet}}" => "lib.rs:greet shown}}";
    "malformed-directive", "misspelt-directive": "book/greeting.md", "{{#include ../src/lib.rs:greet}}" => "{{#inculde ../src/lib.rs:greet}}";
    "malformed-directive", "capital-directive": "book/greeting.md", "{{#include ../src/lib.rs:greet}}" => "{{#INCLUDE ../src/lib.rs:greet}}";
    "malformed-directive", "directive-without-hash": "book/greeting.md", "{{#include ../src/lib.rs:greet}}" => "{{include ../src/lib.rs:greet}}";
    "malformed-directive", "directive-with-one-brace": "book/greeting.md", "{{#include ../src/lib.rs:greet}}" => "{#include ../src/lib.rs:greet}";
    "malformed-directive", "directive-not-closed": "book/greeting.md", "lib.rs:greet}}" => "lib.rs:greet}";
    "malformed-directive", "directive-without-a-space": "book/greeting.md", "{{#include ../src" => "{{#include../src";
    "nested-include", "include-in-a-list": "book/greeting.md", "```rust\n{{#include ../src/lib.rs:words}}\n```" => "- See:\n\n  ```rust\n  {{#include ../src/lib.rs:words}}\n  ```";
    "nested-include", "include-in-a-quotation": "book/greeting.md", "```rust\n{{#include ../src/lib.rs:words}}\n```" => "> ```rust\n> {{#include ../src/lib.rs:words}}\n> ```";
    "include-outside", "include-outside": "book/greeting.md", "../src/lib.rs:words" => "../../secret.rs:words";
    "included-directive", "included-directive": "src/lib.rs", "words.to_uppercase()" => "words.replace(\"{{#include x}}\", \"\")";
    "nested-include", "include-in-a-list-without-a-block": "book/greeting.md", "```rust\n{{#include ../src/lib.rs:words}}\n```" => "- {{#include ../src/lib.rs:words}}";
    "nested-include", "include-in-a-footnote": "book/greeting.md", "```rust\n{{#include ../src/lib.rs:words}}\n```" => "[^1]: See\n\n    {{#include ../src/lib.rs:words}}\n\n[^1]";
    "missing-file", "playground-with-an-anchor": "book/greeting.md", "{{#include ../src/lib.rs:words}}" => "{{#playground ../src/lib.rs:words}}";
    "missing-file", "missing-file-to-compare": "book/shouting.md", "since=before.rs" => "since=after.rs";
    "missing-file", "missing-program-of-a-session": "book/greeting.md", "```session" => "```session,with=src/main.rs";
    "nothing-new", "nothing-new": "book/shouting.md", "since=before.rs" => "since=lib.rs";
    "shown-marker", "markers-of-a-whole-file": "book/shouting.md", "{{#include ../src/lib.rs:shout}}" => "{{#include ../src/lib.rs}}";
    // Diffs
    "missing-file", "missing-file-of-a-diff": "book/twice.md", "diff=greet.rs" => "diff=great.rs";
    "missing-file", "missing-file-of-a-diff-far-away": "book/twice.md", "diff=greet.rs" => "diff=elsewhere/one.rs";
    "nothing-new", "diff-of-the-same-file": "book/twice.md", "diff=greet.rs" => "diff=twice.rs";

    "diff-form", "diff-with-since": "book/twice.md", "diff=greet.rs" => "diff=greet.rs,since=greet.rs";
    "diff-form", "diff-of-an-anchor": "book/twice.md", "twice.rs}}" => "twice.rs:again}}";
    "diff-form", "diff-of-lines": "book/twice.md", "twice.rs}}" => "twice.rs:1:2}}";
    "diff-form", "diff-of-two-files": "book/twice.md", "twice.rs}}" => "twice.rs}}\n{{#include ../src/soft.rs}}";
    "diff-form", "diff-of-nothing": "book/twice.md", "{{#include ../src/bin/twice.rs}}" => "fn twice() {}";
    "long-listing", "long-diff": "src/bin/twice.rs", "    again();\n" => "    again();\n// 1\n// 2\n// 3\n// 4\n// 5\n// 6\n// 7\n// 8\n// 9\n// 10\n// 11\n// 12\n// 13\n// 14\n// 15\n// 16\n// 17\n// 18\n// 19\n";
    "wide-listing", "wide-diff": "src/bin/twice.rs", "    again();\n" => "    again();\n    // Its 80 columns are 81 with the sign of a diff, so it is too wide for one.\n";
    // Anchors
    "unclosed-anchor", "unclosed-anchor": "src/lib.rs", "// ANCHOR_END: shout\n" => "";
    "unopened-anchor", "unopened-anchor": "src/lib.rs", "" => "// ANCHOR_END: whisper\n";
    "duplicate-anchor", "duplicate-anchor": "src/lib.rs", "" => "// ANCHOR: whisper\nconst A: u8 = 0;\n// ANCHOR_END: whisper\n// ANCHOR: whisper\n// ANCHOR_END: whisper\n";
    "anchor-name", "numeric-anchor": "src/lib.rs", "" => "// ANCHOR: 12\nconst A: u8 = 0;\n// ANCHOR_END: 12\n";
    "anchor-name", "anchor-with-a-dot": "src/lib.rs", "" => "// ANCHOR: a.b\nconst A: u8 = 0;\n// ANCHOR_END: a.b\n";
    "malformed-marker", "marker-in-lower-case": "src/lib.rs", "// ANCHOR: shout\n" => "// anchor: shout\n";
    "malformed-marker", "marker-with-a-space": "src/lib.rs", "// ANCHOR: shout\n" => "// ANCHOR : shout\n";
    "malformed-marker", "marker-without-a-name": "src/lib.rs", "// ANCHOR: shout\n" => "// ANCHOR:\n";
    "malformed-marker", "marker-in-a-doc-comment": "src/lib.rs", "// ANCHOR: shout\n" => "/// anchor: shout\n";
    "malformed-marker", "marker-without-a-colon": "src/lib.rs", "// ANCHOR: shout\n" => "// ANCHOR shout\n";
    "code-beside-marker", "attribute-beside-marker": "src/lib.rs", "// ANCHOR: shout\n" => "#[inline] // ANCHOR: shout\n";
    "code-beside-marker", "code-beside-marker": "src/lib.rs", "}\n// ANCHOR_END: shout" => "} // ANCHOR_END: shout";
    "unshown-anchor", "unshown-anchor": "src/lib.rs", "" => "// ANCHOR: whisper\nconst A: u8 = 0;\n// ANCHOR_END: whisper\n";
    // Fences
    "unclosed-fence", "unclosed-fence": "book/shouting.md", "$ cargo test shouting\n```" => "$ cargo test shouting\n";
    "untagged-fence", "untagged-fence": "book/shouting.md", "```console" => "```";
    "untagged-fence", "indented-block": "book/shouting.md", "" => "\n    let a = 1;\n";
    "typed-rust", "typed-rust": "book/shouting.md", "" => "\n```rust\nlet words = \"typed\";\n```\n";
    "typed-rust", "rust-typed-beside-an-include": "book/shouting.md", "{{#include ../src/lib.rs:shout}}" => "{{#include ../src/lib.rs:shout}}\nshout(\"typed\");";
    "typed-rust", "rust-typed-in-a-quotation": "book/shouting.md", "" => "\n> ```rust\n> let words = \"typed\";\n> ```\n";
    "typed-rust", "rust-without-its-name": "book/shouting.md", "" => "\n```ignore\nlet words = \"typed\";\n```\n";
    "typed-rust", "typed-rust-with-braces": "book/shouting.md", "" => "\n```rust\nprintln!(\"{{}}\");\n```\n";
    "hidden-line", "hidden-line": "src/lib.rs", "words.to_uppercase()" => "words.replace(\"\n# a heading\", \"\")";
    "long-listing", "long-listing": "src/lib.rs", "words.to_uppercase()" => "//\n//\n//\n//\n//\n//\n//\n//\n//\n//\n//\n//\n//\n//\n//\n//\n//\n//\n//\n//\n//\n//\nwords.to_uppercase()";
    "wide-listing", "wide-listing": "src/lib.rs", "words.to_uppercase()" => "words.to_uppercase() // a comment that goes on and on and on until it is too wide";
    // The book
    "build-dir", "no-build-dir": "book.toml", "build-dir = \"target/book\"\n" => "";
    "build-dir", "build-dir-is-the-code": "book.toml", "target/book" => "src";
    "build-dir", "build-dir-is-above": "book.toml", "target/book" => "..";
    "build-dir", "build-dir-is-the-source": "book.toml", "target/book" => "book";
    "html-setting", "unknown-html-setting": "book.toml", "smart-punctuation" => "smart-punctation";
    "watched-folder", "watched-folder": "book.toml", "[\"src\"]" => "[\"source\"]";
    "missing-page", "missing-page": "book/SUMMARY.md", "shouting.md" => "shuoting.md";
    "orphan-page", "orphan-page": "book/forgotten.md", "" => "# Forgotten\n";
    "unknown-name", "misspelt-name-in-an-introduction": "src/lib.rs", "//! Greets." => "//! Greets by `Greeter::greets`.";
    "included-directive", "directive-on-the-page-of-a-file": "src/lib.rs", "assert_eq!(shout(\"a\"), \"A\");" => "assert_eq!(shout(\"{{ #include x}}\"), \"A\");";
    "missing-file", "missing-file-to-run": "book.toml", "\"src/lib.rs\"" => "\"src/lbi.rs\"";
    "cargo-target", "misspelt-bin-in-the-settings": "book.toml", "--bin greet" => "--bin great";
    "readme-page", "readme-page": "book/SUMMARY.md", "shouting.md" => "README.md";
    // Names
    "unknown-name", "renamed-function": "src/lib.rs", "pub fn shout(" => "pub fn yell(";
    "unknown-name", "misspelt-name": "book/shouting.md", "`shout`" => "`shuot`";
    "unknown-name", "misspelt-method": "book/greeting.md", "`Greeter::greet`" => "`Greeter::greets`";
    "unknown-name", "missing-path": "book/greeting.md", "`src/lib.rs`" => "`src/greeter.rs`";
    "unknown-name", "unknown-variable": "book/greeting.md", "`words`" => "`GREETER_WORDS`";
    "cargo-target", "misspelt-bin": "book/greeting.md", "cargo run --bin greet" => "cargo run --bin great";
    "cargo-command", "misspelt-subcommand": "book/greeting.md", "cargo run --bin" => "cargo rnu --bin";
    "cargo-command", "misspelt-flag": "book/greeting.md", "cargo run --bin" => "cargo run --relaese --bin";
    "cargo-command", "misspelt-test": "book/shouting.md", "cargo test shouting" => "cargo test shooting";
    "cargo-target", "misspelt-bin-behind-a-value": "book/greeting.md", "cargo run --bin greet" => "cargo run --features a --bin great";
    "cargo-target", "misspelt-bin-behind-a-variable": "book/greeting.md", "cargo run --bin greet" => "level=2 cargo run --bin=great";
    "cargo-command", "misspelt-test-behind-dashes": "book/shouting.md", "cargo test shouting" => "cargo test -- shooting";
    "unknown-name", "misspelt-name-beside-a-bar": "book/shouting.md", "`shout`" => "`shout_it|`";
    "unused-word", "unused-word": "book/words.toml", "HELLO = " => "GOODBYE = \"never said\"\nHELLO = ";
    "unknown-command", "unknown-command-in-a-pipe": "book/greeting.md", "greeter $ sh greet.sh" => "greeter $ sh greet.sh | rev";
    "unknown-command", "unknown-command": "book/greeting.md", "greeter $ sh" => "greeter $ zsh";
    // Numbers
    "number", "changed-constant": "src/lib.rs", "2 * 1024" => "4 * 1024";
    "number", "changed-time": "src/lib.rs", "from_secs(5)" => "from_secs(6)";
    "number", "changed-setting": "Cargo.toml", "1.2.3" => "1.2.4";
    "number", "note-with-less-space": "book/greeting.md", "5 seconds<!-- = PATIENCE -->" => "6 seconds<!--= PATIENCE-->";
    "number", "number-with-a-wrong-unit": "book/greeting.md", "2,048<!-- = LONGEST -->" => "2,048 seconds<!-- = LONGEST -->";
    "number", "renamed-constant": "src/lib.rs", "LONGEST: usize" => "LONGEST_NAME: usize";
    "number", "note-without-a-number": "book/greeting.md", "2,048<!--" => "many<!--";
    "bare-number", "number-without-a-note": "book/greeting.md", "2,048<!-- = LONGEST -->" => "2,048";
    "bare-number", "number-that-is-no-constant": "book/shouting.md", "in capitals" => "150 times in capitals";
    "bare-number", "number-in-code": "book/shouting.md", "`HELLO`" => "`HELLO`, not `HELLO 1234`";
    "bare-number", "number-that-was-not-measured": "book.toml", "measured = [\"measured\"]" => "measured = [\"elsewhere\"]";
    // Sessions
    "session-form", "session-without-a-mark": "book/greeting.md", "greeter | greeting 1: hello" => "greeter greeting 1: hello";
    "session-form", "session-without-a-command": "book/greeting.md", "greeter $ sh greet.sh\n" => "";
    "session-form", "session-with-an-odd-key": "book/greeting.md", "greeter ^D" => "greeter ^Escape";
    "session-form", "edit-without-a-copy": "book/softer.md", "```session,copy" => "```session";
    "session-form", "edit-in-the-readers-package": "book/softer.md", "```session,copy" => "```session,copy,with=src/soft.rs";
    "session-form", "edit-of-another-file": "book/softer.md", "editor ~ src/soft.rs" => "editor ~ src/sotf.rs";
    "session-form", "edit-that-stands-elsewhere": "book/greeting.md", "```session\n" => "```session,copy\ngreeter ~ src/soft.rs\n";
    "session-form", "edit-made-twice": "book/softer.md", "editor ~ src/soft.rs\n" => "editor ~ src/soft.rs\nother ~ src/soft.rs\n";
    "session-form", "edit-of-nothing": "book/softer.md", "editor ~ src/soft.rs" => "editor ~";
    // Edits
    "edit-form", "edit-without-a-file": "book/softer.md", "```edit,file=src/soft.rs" => "```edit";
    "edit-form", "edit-that-leads-out": "book/softer.md", "```edit,file=src/soft.rs" => "```edit,file=../src/soft.rs";
    "edit-form", "edit-with-an-odd-line": "book/softer.md", "+    words.to_lower" => "*    words.to_lower";
    "edit-form", "edit-that-changes-nothing": "book/softer.md", "-    words.to_uppercase()\n+    words.to_lowercase()\n" => "     words.to_uppercase()\n";
    "edit-form", "edit-without-a-place": "book/softer.md", " pub fn softly(words: &str) -> String {\n-    words.to_uppercase()\n+    words.to_lowercase()\n }\n" => "+    words.to_lowercase()\n";
    "edit-form", "edit-in-a-list": "book/softer.md", "" => "\n- See:\n\n  ```edit,file=src/soft.rs\n  -words\n  ```\n";
    "missing-file", "missing-file-to-edit": "book/softer.md", "```edit,file=src/soft.rs" => "```edit,file=src/sotf.rs";
    "edit-place", "edit-of-a-misspelt-line": "book/softer.md", " pub fn softly(words: &str)" => " pub fn sotfly(words: &str)";
    "edit-place", "edit-of-code-that-has-changed": "src/soft.rs", "    words.to_uppercase()" => "    words.to_ascii_uppercase()";
    "edit-place", "edit-of-lines-that-are-apart": "book/softer.md", " pub fn softly(words: &str) -> String {\n-" => "     /// It is loud, too.\n-";
    "edit-place", "edit-of-a-line-that-is-there-twice": "book/softer.md", " pub fn softly(words: &str) -> String {\n-    words.to_uppercase()\n+    words.to_lowercase()\n }\n" => "-}\n";
    "unmade-edit", "edit-that-no-session-makes": "book/softer.md", "editor ~ src/soft.rs\n" => "";
    // Exceptions
    "allow-without-reason", "allow-without-reason": "book/shouting.md", "" => "\n<!-- proof: allow(typed-rust) -->\n\n```rust\nlet a = 1;\n```\n";
    "unused-allow", "unused-allow": "book/shouting.md", "" => "\n<!-- proof: allow(typed-rust) it was typed once -->\n\nNothing.\n";
    "unused-allow", "allow-for-another-rule": "src/lib.rs", "" => "// proof: allow(typed-rust) no page has it\n// ANCHOR: whisper\nconst A: u8 = 0;\n// ANCHOR_END: whisper\n";
};

/// What an ordinary book has, and what is no fault.
#[test]
fn an_ordinary_book_has_no_fault() {
    let folder = copy_of("right");
    let text = "\n## Named {#a-name .a-class}\n\n${{ matrix.os }} and {{ name }} \
                are for templates, ``\\{{#include x.rs}}`` is escaped.\n\n\
                Version 0.12.345 at 192.168.1.100.[^n]\n\n[^n]: A note.\n\n\
                ```console\n# A comment\n$ cargo +nightly t -j 4 shouting -vv\n\
                running 3 tests\n```\n\n`cargo test --features=a tests::shouting` \
                and ``&'b str`` and ``println!``.\n\n{{#title A title}}\n";
    for (file, wrong) in [
        ("book/shouting.md", text),
        ("book/SUMMARY.md", "- [Draft]()\n\n---\n\n# A part\n"),
    ] {
        let path = folder.path().join(file);
        let right = fs::read_to_string(&path).unwrap();
        fs::write(path, right + wrong).unwrap();
    }
    let book = Book::load(folder.path()).unwrap();
    let findings = check(&book).unwrap().findings;
    assert!(findings.is_empty(), "{}", render(&findings, false));
}

/// A book may do without a rule.
#[test]
fn a_rule_can_be_turned_off() {
    let folder = copy_of("right");
    for fault in faults! {
        "", "": "book.toml", "[preprocessor.proof.run]" => "[preprocessor.proof.rules]\ntyped-rust = \"allow\"\n\n[preprocessor.proof.run]";
        "", "": "book/shouting.md", "" => "\n```rust\nlet a = 1;\n```\n";
    } {
        put_in(fault, folder.path());
    }
    let book = Book::load(folder.path()).unwrap();
    let findings = check(&book).unwrap().findings;
    assert!(findings.is_empty(), "{}", render(&findings, false));
}

/// What an exception excuses is no finding.
#[test]
fn exceptions_are_granted() {
    let folder = copy_of("right");
    for fault in faults! {
        "", "": "src/lib.rs", "" => "// proof: allow(unshown-anchor) the talk shows it\n// ANCHOR: whisper\nconst A: u8 = 0;\n// ANCHOR_END: whisper\n";
        "", "": "book/shouting.md", "" => "\n<!-- proof: allow(typed-rust) it is about the fence -->\n\n```rust\nlet a = 1;\n```\n";
    } {
        put_in(fault, folder.path());
    }
    let book = Book::load(folder.path()).unwrap();
    let findings = check(&book).unwrap().findings;
    assert!(findings.is_empty(), "{}", render(&findings, false));
}
