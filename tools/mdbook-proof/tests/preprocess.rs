//! What readers get: captions, terminals, pages of whole files, and no notes.

use std::{fs, path::Path};

use mdbook_preprocessor::book::{BookItem, Chapter};
use mdbook_proof::{
    Book, check,
    preprocess::{self, Rewriter},
    render,
};
use serde_json::{Value, json};
use snapbox::{Data, assert_data_eq};
use support::copy_of;

mod support;

const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");

#[test]
fn pages_are_rewritten() {
    let root = Path::new(TESTS);
    let folder = copy_of("right");
    let book = Book::load(folder.path()).unwrap();
    for page in &book.pages {
        let name = page.path.strip_prefix("book").unwrap();
        let expected = root.join("rewritten").join(name);
        let text = Rewriter::new(&book).rewrite(page);
        assert_data_eq!(text, Data::read_from(&expected, None));
    }
}

#[test]
fn files_that_pages_show_get_pages() {
    let root = Path::new(TESTS);
    let folder = copy_of("right");
    let book = Book::load(folder.path()).unwrap();
    let pages = Rewriter::new(&book).file_pages();
    let names: Vec<_> = pages.iter().map(|page| &*page.title).collect();
    assert_eq!(names, ["lib.rs", "bin/twice.rs", "bin/greet.rs"]);
    for page in pages {
        let expected = root.join("rewritten").join(page.path);
        assert_data_eq!(page.content, Data::read_from(&expected, None));
    }
}

/// Whichever of the two is changed.
#[test]
fn a_diff_follows_its_files() {
    let folder = copy_of("right");
    let shown = || {
        let book = Book::load(folder.path()).unwrap();
        let findings = check(&book).unwrap().findings;
        assert!(findings.is_empty(), "{findings:?}");
        let mut pages = book.pages.iter();
        let page = pages.find(|one| one.path.ends_with("twice.md")).unwrap();
        Rewriter::new(&book).rewrite(page)
    };
    let before = shown();
    let change = |file: &str, from: &str, to: &str| {
        let path = folder.path().join("src/bin").join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replace(from, to)).unwrap();
    };
    change("twice.rs", "    again();", "    again();\n    again();");
    let twice = shown();
    let expected =
        before.replace("+    again();", "+    again();\n+    again();");
    assert_eq!(twice, expected);
    // In a block of Rust, mdBook would hide the line.
    for file in ["greet.rs", "twice.rs"] {
        change(file, "greeting 1: ", "\n# ");
    }
    assert!(shown().contains("\n # hello\");\n+"), "{}", shown());
    change("greet.rs", "hello", "good morning");
    let removed = "-# good morning\");\n+# hello\");\n";
    assert!(shown().contains(removed), "{}", shown());
    // What they have in common may be long, and is not shown.
    let more = "    more();\n".repeat(40);
    for file in ["greet.rs", "twice.rs"] {
        change(file, "fn main() {\n", &format!("fn main() {{\n{more}"));
    }
    assert!(!shown().contains(&more));
}

/// What mdBook gets back for the book in `root`, given these items.
fn preprocessed(root: &Path, items: &Value) -> Vec<BookItem> {
    let input = json!([
        {
            "root": root,
            "config": { "book": { "src": "book" } },
            "renderer": "html",
            "mdbook_version": "0.5.4",
        },
        { "items": items },
    ]);
    let mut output = Vec::new();
    preprocess::run(input.to_string().as_bytes(), &mut output, false).unwrap();
    let book: Value = serde_json::from_slice(&output).unwrap();
    serde_json::from_value(book["items"].clone()).unwrap()
}

fn chapter(name: &str, path: &str, number: u32) -> Value {
    json!({ "Chapter": {
        "name": name,
        "content": format!("# {name}\n"),
        "number": [number],
        "sub_items": [],
        "path": path,
        "source_path": path,
        "parent_names": ["A parent"],
    }})
}

fn chapters(items: &[BookItem]) -> Vec<&Chapter> {
    let chapters = items.iter().filter_map(|item| match item {
        BookItem::Chapter(chapter) => Some(chapter),
        _ => None,
    });
    chapters.collect()
}

#[test]
fn pages_of_files_go_below_the_chapter_of_their_name() {
    let items = json!([
        chapter("Greeting", "greeting.md", 1),
        chapter("The files", "files.md", 2),
    ]);
    let folder = copy_of("right");
    let items = preprocessed(folder.path(), &items);
    let [_, files] = chapters(&items)[..] else {
        panic!("there are other chapters: {items:?}");
    };
    let [file, ..] = chapters(&files.sub_items)[..] else {
        panic!("there are other files: {files:?}");
    };
    assert_eq!(file.name, "lib.rs");
    assert_eq!(file.path.as_deref(), Some(Path::new("files/lib.md")));
    assert_eq!(file.source_path, None, "nobody can edit it");
    assert_eq!(file.number.as_ref().unwrap().to_string(), "2.1.");
    assert_eq!(file.parent_names, ["A parent", "The files"]);
}

#[test]
fn pages_of_files_go_to_the_end_of_a_book_without_that_chapter() {
    let items = json!([chapter("Greeting", "greeting.md", 1)]);
    let folder = copy_of("right");
    let items = preprocessed(folder.path(), &items);
    let names: Vec<_> = chapters(&items).iter().map(|one| &one.name).collect();
    let files = ["lib.rs", "bin/twice.rs", "bin/greet.rs"];
    assert_eq!(names, [&["Greeting"], &files[..]].concat());
    assert_eq!(chapters(&items)[1].number, None);
}

/// A book that is only to be checked is built as if nobody had checked it.
#[test]
fn silent_leaves_the_pages_as_they_are() {
    let folder = copy_of("books");
    for root in ["plain", "code/docs", "settings", "root"] {
        let book = Book::load(folder.path().join(root)).unwrap();
        let mut rewriter = Rewriter::new(&book);
        for page in &book.pages {
            assert_eq!(rewriter.rewrite(page), *page.text);
        }
        assert_eq!(rewriter.file_pages(), []);
    }
}

/// What is only warned of does not stop mdBook.
#[test]
fn a_book_with_a_warning_is_built() {
    let twice = PIECE.repeat(2);
    let folder = book_of(&[("a.rs", &twice)], "");
    let items = json!([chapter("A page", "page.md", 1)]);
    assert_eq!(chapters(&preprocessed(folder.path(), &items)).len(), 2);
}

/// Nobody has read the book in `explained`, and here it names what it does not
/// show. An author who looks at the pages is told so, and sees them; otherwise
/// the book is not built.
#[test]
fn what_nobody_has_read_stops_the_build_and_not_the_server() {
    let folder = copy_of("explained");
    let page = folder.path().join("book/copying.md");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(&page, text + "\n`TooLong` comes later.\n").unwrap();
    let build = |output: Value| {
        let input = json!([
            {
                "root": folder.path(),
                "config": { "book": { "src": "book" }, "output": output },
                "renderer": "html",
                "mdbook_version": "0.5.4",
            },
            { "items": [chapter("Copying", "copying.md", 1)] },
        ]);
        let mut output = Vec::new();
        preprocess::run(input.to_string().as_bytes(), &mut output, false)
    };
    let error = build(json!({})).unwrap_err().to_string();
    assert!(error.contains("error[unread]"), "{error}");
    assert!(error.contains("error[far-name]"), "{error}");
    let served = json!({ "html": { "live-reload-endpoint": "__livereload" } });
    build(served).unwrap();
}

/// Notes are for the proof-reader, and a table of the claims for readers.
#[test]
fn claims_are_told_in_a_table() {
    let folder = copy_of("explained");
    let page = folder.path().join("book/copying.md");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(
        &page,
        text + "\n## What is proved\n\n<!-- proof: table -->\n",
    )
    .unwrap();
    let book = Book::load(folder.path()).unwrap();
    let report = check(&book).unwrap();
    let text = Rewriter::new(&book)
        .with_tables(report)
        .rewrite(&book.pages[0]);
    assert!(!text.contains("<!-- proof") && !text.contains("<!-- about"));
    let table = "| chapter | claims | a test proves | its session shows | \
                 nothing proves |\n|:--|--:|--:|--:|--:|\n\
                 | [Copying](copying.md) | 4 | 2 | 1 | 1 |\n\
                 | all | 4 | 2 | 1 | 1 |\n";
    assert!(text.contains(table), "{text}");
    let why = "- The copier waits for `PAUSE`, which is a `Duration`, and \
               never forgets it. *(it is too short to be seen)*\n";
    assert!(text.contains(why), "{text}");
}

#[test]
fn cures_are_told_in_a_table() {
    let folder = copy_of("explained");
    let book = Book::load(folder.path()).unwrap();
    let report = check(&book).unwrap();
    for test in [
        "careful_copier_leaves_a_silent_source",
        "copier_takes_more_than_there_is_room_for",
    ] {
        assert!(report.proofs.contains(test), "{:?}", report.proofs);
    }
    let mut pages = book.pages.iter();
    let page = pages.find(|one| one.path.ends_with("lines.md")).unwrap();
    let text = Rewriter::new(&book).with_tables(report).rewrite(page);
    let table = "\n\n| the flaw | who has it | who has it no more |\n\
                 |:--|:--|:--|\n\
                 | A source that never says anything \
                 | `copier` waits for ever for a silent source \
                 | `careful-copier` leaves a silent source |\n\
                 | A source without an end \
                 | `copier` takes more than there is room for \
                 | `careful-copier` stops at its limit |\n";
    assert!(text.contains(table), "{text}");
    assert!(!text.contains("<!-- proof"), "{text}");
}

#[test]
fn an_example_can_have_a_flaw() {
    let folder = copy_of("explained");
    let root = folder.path();
    fs::create_dir(root.join("examples")).unwrap();
    let example = root.join("examples/first_copier.rs");
    fs::write(example, "fn main() {}\n").unwrap();
    let path = root.join("tests/all/cures/greed.rs");
    let tests = fs::read_to_string(&path).unwrap();
    let tests = tests.replace("fn copier_takes", "fn first_copier_takes");
    fs::write(&path, tests).unwrap();

    let report = check(&Book::load(root).unwrap()).unwrap();
    let findings = render(&report.findings, false);
    assert!(!findings.contains("[cure-form]"), "{findings}");
    let says = "`first_copier` takes more than there is room for";
    let rows = &report.cures["tests/all/cures.rs"];
    assert_eq!(rows[1][1], says);
}

/// A book whose page shows an anchor of each of these files.
fn book_of(files: &[(&str, &str)], settings: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[book]\nsrc = \"book\"\n[build]\nbuild-dir = \"out\"\n[preprocessor.proof]\n\
         file-pages = \"files\"\n{settings}\n"
    );
    let mut page = "# A page\n".to_owned();
    for (path, text) in files {
        write(&folder, path, text);
        page += &format!("\n```rust\n{{{{#include ../{path}:a}}}}\n```\n");
    }
    write(&folder, "book.toml", &config);
    write(&folder, "book/SUMMARY.md", "- [A page](page.md)\n");
    write(&folder, "book/page.md", &page);
    folder
}

fn write(folder: &tempfile::TempDir, path: &str, text: &str) {
    let path = folder.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

const PIECE: &str = "// ANCHOR: a\nfn main() {}\n// ANCHOR_END: a\n";

#[test]
fn pages_of_files_are_called_after_their_paths() {
    let files = [
        "code/src/server.rs",
        "code/src/bin/server.rs",
        "code/src/upgrade/server.rs",
        "code/tests/server.rs",
        "code/examples/strict.rs",
        "code/fail/moved.rs",
        "tools/src/server.rs",
        "code/server.rs",
        "code/build.sh",
    ];
    let settings = "crates = [\"code\", \"tools\"]\n\
                    [preprocessor.proof.compile-fail]\nfolders = [\"code/fail\"]";
    let folder = book_of(&files.map(|path| (path, PIECE)), settings);
    let book = Book::load(folder.path()).unwrap();
    let pages = Rewriter::new(&book).file_pages();
    let said: Vec<_> = pages
        .iter()
        .map(|page| (page.path.to_str().unwrap(), &*page.title))
        .collect();
    let expected = [
        ("files/server-2.md", "src/server.rs"),
        ("files/bin-server.md", "src/bin/server.rs"),
        ("files/upgrade-server.md", "src/upgrade/server.rs"),
        ("files/test-server.md", "tests/server.rs"),
        ("files/strict.md", "examples/strict.rs"),
        ("files/moved.md", "fail/moved.rs"),
        ("files/tools-src-server.md", "tools/src/server.rs"),
        ("files/server.md", "server.rs"),
        ("files/build.sh.md", "build.sh"),
    ];
    assert_eq!(said, expected);
}

/// What mdBook would follow, hide, or take for the end of the block.
#[test]
fn the_page_of_a_file_shows_all_of_it() {
    let text = "const A: &str = \"\n{{#include x}} {{#include y}}\n  # b\n#\n\
                ##c\n```\n\";\n";
    let text = format!("{PIECE}{text}");
    let folder = book_of(&[("code/src/a.rs", &text)], "");
    let book = Book::load(folder.path()).unwrap();
    let pages = Rewriter::new(&book).file_pages();
    let expected = "````rust\nfn main() {}\nconst A: &str = \"\n\
                    \\{{#include x}} {{#include y}}\n  ## b\n##\n###c\n```\n\
                    \";\n````\n";
    let content = &pages[0].content;
    assert!(content.contains(expected), "{content}");
}
