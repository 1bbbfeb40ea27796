//! The README says what the code does.

use mdbook_proof::{
    profile::{Level, Profile, RULES},
    settings::Settings,
};

const README: &str = include_str!("../README.md");

/// The rules of the library's other functions.
const LIBRARY: [&str; 9] = [
    "session",
    "compile-fail",
    "dead-link",
    "dead-image",
    "duplicate-id",
    "undefined-reference",
    "literal-directive",
    "empty-listing",
    "site-warning",
];

#[test]
fn the_table_has_each_rule_with_its_levels() {
    let rows: Vec<&str> = README
        .lines()
        .filter(|line| line.starts_with("| [`"))
        .collect();
    let word = |level| match level {
        Level::Allow => "allow",
        Level::Warn => "warn",
        Level::Deny => "deny",
    };
    let expected: Vec<String> = RULES
        .iter()
        .map(|rule| {
            let id = rule.id;
            let (silent, proven) = (word(rule.silent), word(rule.proven));
            format!("| [`{id}`](#{id}) | {silent} | {proven} |")
        })
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn each_rule_is_explained() {
    let explained: Vec<&str> = README
        .lines()
        .filter_map(|line| line.strip_prefix("#### `")?.strip_suffix('`'))
        .collect();
    let rules = RULES.iter().map(|rule| rule.id).chain(LIBRARY);
    assert_eq!(explained, rules.collect::<Vec<_>>());
}

/// The blocks that set something, put together.
#[test]
fn the_settings_are_read() {
    let blocks = README.split("```toml\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap());
    let mut count = 0;
    for block in blocks.filter(|block| block.contains("[preprocessor.proof")) {
        let table = block.parse().unwrap();
        Settings::read(&table).unwrap();
        count += 1;
    }
    assert!(count > 3);
}

#[test]
fn what_nothing_is_set_to_is_silent() {
    assert_eq!(Settings::default().profile, Profile::Silent);
    assert_eq!(Settings::default().level("typed-rust"), Level::Allow);
    assert_eq!(Settings::default().level("missing-file"), Level::Deny);
    assert_eq!(Settings::default().level("dead-link"), Level::Deny);
}

#[test]
fn a_rule_that_does_not_exist_is_an_error() {
    let text = "[preprocessor.proof.rules]\ntyped-rsut = \"warn\"\n";
    let error = Settings::read(&text.parse().unwrap()).unwrap_err();
    let said = format!("{error:#}");
    assert!(said.contains("no rule `typed-rsut`"), "{said}");
    assert!(said.contains("did you mean `typed-rust`?"), "{said}");
}
