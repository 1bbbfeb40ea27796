use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

fn name(text: &str) -> Result<String, BadName> {
    text.parse().map(|name: Name| name.to_string())
}

#[test]
fn a_name_has_letters_digits_and_two_signs() {
    assert_eq!(name("ann"), Ok("ann".to_owned()));
    assert_eq!(name("-_-"), Ok("-_-".to_owned()));
    assert_eq!(name("007"), Ok("007".to_owned()));
}

#[test]
fn upper_and_lower_case_are_the_same_name() {
    assert_eq!(name("ANN"), name("ann"));
    assert_eq!(name("aNn").unwrap(), "ann");
}

#[test]
fn a_name_is_neither_empty_nor_too_long() {
    assert_eq!(name(""), Err(BadName::Empty));
    let longest = "a".repeat(LONGEST_NAME);
    assert_eq!(name(&longest), Ok(longest.clone()));
    assert_eq!(name(&(longest + "a")), Err(BadName::TooLong));
    assert_eq!(name(&"a".repeat(10_000_000)), Err(BadName::TooLong));
}

#[test]
fn nothing_stands_in_a_name_that_others_could_mistake() {
    for bad in [
        "ann lee",
        " ann",
        "ann\n",
        "an\0n",
        "\u{1b}[31m",
        "a\tb",
        "*",
        "ann:",
        "\u{430}nn",
        "ann\u{200b}",
        "\u{202e}nna",
        "a,b",
        "/who",
    ] {
        assert_eq!(name(bad), Err(BadName::Signs), "{bad:?}");
    }
}

#[test]
fn each_fault_of_a_name_is_said_in_its_own_words() {
    let faults = [BadName::Empty, BadName::TooLong, BadName::Signs];
    let said: HashSet<_> = faults.iter().map(BadName::to_string).collect();
    assert_eq!(said.len(), faults.len());
    assert!(BadName::TooLong.to_string().contains("at most 20 "));
}

proptest! {
    #[test]
    fn whatever_is_a_name_can_be_shown_and_read_again(text in "\\PC{0,24}|[a-zA-Z0-9_-]{0,24}") {
        if let Ok(name) = text.parse::<Name>() {
            let shown = name.to_string();
            prop_assert!(shown.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert!(shown.len() <= LONGEST_NAME);
            prop_assert_eq!(shown.parse::<Name>(), Ok(name));
        }
    }
}
