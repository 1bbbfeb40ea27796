use proptest::prelude::*;

use super::*;

fn say(words: &str) -> Result<Command, BadCommand> {
    Ok(Command::Say(words.to_owned()))
}

#[test]
fn what_has_no_slash_is_said_to_everybody() {
    for words in ["hello", "hello /who", "a  b", "*", "déjà vu"] {
        assert_eq!(words.parse(), say(words));
    }
}

#[test]
fn a_private_word_has_a_name_and_words() {
    let whisper = |words: &str| {
        let ann = "ann".parse().unwrap();
        Ok(Command::Whisper(ann, words.to_owned()))
    };
    assert_eq!("/to ann hi".parse(), whisper("hi"));
    assert_eq!("/to   ANN   hi  there".parse(), whisper("hi  there"));
    assert_eq!("/to ann /leave".parse(), whisper("/leave"));
    for bad in ["/to", "/to ann"] {
        assert_eq!(bad.parse::<Command>(), Err(BadCommand::Whisper), "{bad}");
    }
    let error = "/to ann: hi".parse::<Command>();
    assert_eq!(error, Err(BadCommand::Name(BadName::Signs)));
}

#[test]
fn a_command_is_exactly_its_word() {
    assert_eq!("/who".parse(), Ok(Command::Who));
    assert_eq!("/leave".parse(), Ok(Command::Leave));
    for bad in [
        "/",
        "/whoever",
        "/who else",
        "/leave now",
        "/join ann",
        "//",
    ] {
        assert_eq!(bad.parse::<Command>(), Err(BadCommand::Unknown), "{bad}");
    }
}

#[test]
fn nothing_is_said_that_drives_a_terminal() {
    for bad in [
        "a\0",
        "\u{1b}[2J",
        "a\rb",
        "a\tb",
        "a\u{7f}",
        "\u{9b}31m",
        "\u{202e}nna",
        "\u{2066}a",
        "/to ann \u{7}ring",
    ] {
        assert_eq!(bad.parse::<Command>(), Err(BadCommand::Signs), "{bad:?}");
    }
    assert_eq!("".parse::<Command>(), Err(BadCommand::Nothing));
}

proptest! {
    #[test]
    fn any_line_is_a_command_or_has_a_fault_that_can_be_told(
        line in "\\PC*|(?s).*|/(to|who|leave)?[ a-z]*.*"
    ) {
        match line.parse::<Command>() {
            Ok(Command::Say(words)) => prop_assert_eq!(words, line),
            Ok(Command::Whisper(_, words)) => {
                prop_assert!(line.ends_with(&words));
                prop_assert!(!words.contains(char::is_control));
            }
            Ok(Command::Who | Command::Leave) => {}
            Err(fault) => {
                prop_assert!(!fault.to_string().contains(char::is_control));
            }
        }
    }
}
