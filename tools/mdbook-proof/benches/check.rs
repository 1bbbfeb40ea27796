//! How long it takes to check a book of 1,000 pages:
//! `cargo bench -p mdbook-proof`, or `cargo bench -p mdbook-proof -- FOLDER`
//! for a book of your own.

use std::{env, fmt::Write, fs, hint::black_box, path::Path, time::Instant};

use mdbook_proof::{Book, check, render};

const PAGES: usize = 1000;
const RUNS: usize = 11;

/// Writes a book in which every page has a listing, names and a number.
fn generate(root: &Path) {
    fs::create_dir_all(root.join("book")).unwrap();
    fs::create_dir_all(root.join("src")).unwrap();
    let config = "[book]\nsrc = \"book\"\n[build]\nbuild-dir = \"out\"\n\
                  [preprocessor.proof]\nprofile = \"proven\"\n\
                  crates = [\"src\"]\n";
    fs::write(root.join("book.toml"), config).unwrap();
    let mut summary = "# Summary\n\n".to_owned();
    for page in 0..PAGES {
        let _ = writeln!(summary, "- [Page {page}](page{page}.md)");
        let code = format!(
            "// ANCHOR: f\n/// Adds.\npub fn add{page}(a: usize) -> usize {{\n    \
             a + LIMIT{page}\n}}\n// ANCHOR_END: f\n\n\
             const LIMIT{page}: usize = {page};\n"
        );
        fs::write(root.join(format!("src/page{page}.rs")), code).unwrap();
        let paragraph = format!(
            "`add{page}` adds at most {page}<!-- = LIMIT{page} -->. It stands \
             in `src/page{page}.rs`, and says `a + LIMIT{page}`.\n\n"
        );
        let text = format!(
            "# A page\n\n{}```rust\n{{{{#include ../src/page{page}.rs:f}}}}\n\
             ```\n",
            paragraph.repeat(10)
        );
        fs::write(root.join(format!("book/page{page}.md")), text).unwrap();
    }
    fs::write(root.join("book/SUMMARY.md"), summary).unwrap();
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let own = env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let root = match &own {
        Some(root) => Path::new(root),
        None => {
            generate(folder.path());
            folder.path()
        }
    };
    let mut times = Vec::new();
    let mut pages = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        let book = Book::load(root).unwrap();
        let findings = black_box(check(&book).unwrap().findings);
        times.push(start.elapsed());
        pages = book.pages.len();
        assert!(findings.is_empty(), "{}", render(&findings, false));
    }
    times.sort();
    let median = times[RUNS / 2];
    println!("{pages} pages: {median:.1?} in the median of {RUNS} runs");
}
