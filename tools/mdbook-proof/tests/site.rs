//! A site that is whole, and sites with one fault each.
#![cfg(feature = "site")]

use std::fs;

use mdbook_proof::site::check;

/// Builds a book of two pages, and returns what is wrong with it.
fn faults(first: &str, second: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir(root.join("src")).unwrap();
    let files = [
        (
            "book.toml",
            "[book]\ntitle = \"A book\"\n[build]\nbuild-dir = \"out\"\n",
        ),
        (
            "src/SUMMARY.md",
            "# Summary\n\n- [One](one.md)\n- [Two](two.md)\n",
        ),
        (
            "src/picture.svg",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        ),
        ("src/one.md", first),
        ("src/two.md", second),
        ("src/code.rs", "fn main() {}\n"),
    ];
    for (path, text) in files {
        fs::write(root.join(path), text).unwrap();
    }
    let faults = check(root).unwrap();
    assert!(
        !root.join("out").exists(),
        "the book's own folder is not touched"
    );
    faults.iter().map(ToString::to_string).collect()
}

const SECOND: &str = "# Two\n\n## Here\n";

#[test]
fn a_site_that_is_whole_has_no_fault() {
    let page = "# One\n\n[two](two.md), [here](two.md#here), [top](#one), \
                ![](picture.svg), <https://example.org/>, a note[^n].\n\n\
                [^n]: It is.\n\n```rust\n{{#include code.rs}}\n```\n\n\
                `a[^b]` and `{{#include}}` are code.\n";
    assert_eq!(faults(page, SECOND), Vec::<String>::new());
}

#[track_caller]
fn finds(page: &str, expected: &[&str]) {
    let found = faults(&format!("# One\n\n{page}\n"), SECOND);
    let on_the_page: Vec<&String> = found
        .iter()
        .filter(|fault| {
            !fault.contains("print.html") && !fault.contains("index.html")
        })
        .collect();
    assert_eq!(on_the_page, expected);
}

#[test]
fn a_link_to_a_missing_page_is_found() {
    finds(
        "[three](three.md)",
        &["error[dead-link]: one.html: `three.html` is not there"],
    );
}

#[test]
fn a_link_to_a_missing_place_is_found() {
    finds(
        "[there](two.md#there) and [nowhere](#nowhere)",
        &[
            "error[dead-link]: one.html: `#nowhere` names a place that is not there",
            "error[dead-link]: one.html: `two.html#there` names a place that is \
             not there",
        ],
    );
}

#[test]
fn a_missing_image_is_found() {
    finds(
        "![](photo.png)",
        &["error[dead-image]: one.html: `photo.png` is not there"],
    );
}

#[test]
fn an_id_that_is_there_twice_is_found() {
    finds(
        "<p id=\"a\"></p>\n\n<p id=\"a\"></p>",
        &["error[duplicate-id]: one.html: `a` is there twice"],
    );
}

#[test]
fn undefined_references_are_found() {
    finds(
        "A note[^n], and a [link][nowhere].",
        &[
            "error[undefined-reference]: one.html: a footnote without a \
             definition: `A note[^n], and a [link][nowhere].`",
            "error[undefined-reference]: one.html: a link without a definition: \
             `A note[^n], and a [link][nowhere].`",
        ],
    );
}

#[test]
fn an_empty_listing_is_found() {
    finds(
        "```rust\n{{#include code.rs:nothing}}\n```",
        &["error[empty-listing]: one.html: a box without code"],
    );
}

#[test]
fn a_directive_that_reaches_the_reader_is_found() {
    finds(
        "```rust\n{{#inculde code.rs}}\n```",
        &["error[literal-directive]: one.html: `{{#inculde code.rs}}`"],
    );
}

#[test]
fn what_mdbook_warns_of_is_found() {
    let found = faults("# One\n\n[^n]: Unused.\n", SECOND);
    assert!(
        found
            .iter()
            .any(|fault| fault.starts_with("error[site-warning]: ")),
        "{found:?}"
    );
}
