//! What may be asked for, and what is too much.

use clap::{Args as _, Command, FromArgMatches};

use super::*;

/// What an option takes, as the shell gives it.
fn limits(arguments: &[&str]) -> Result<Limits, String> {
    let command = Limits::augment_args(Command::new("program"));
    let arguments = ["program"].iter().chain(arguments);
    let matches = command.try_get_matches_from(arguments);
    let limits = matches.and_then(|found| Limits::from_arg_matches(&found));
    limits.map_err(|error| error.to_string())
}

#[test]
fn a_count_goes_from_one_to_the_most() {
    for (text, number) in [("1", 1), ("2", 2), ("9", 9), ("10", 10)] {
        let count: Count<10> = text.parse().expect(text);
        assert_eq!(count.get(), number);
        assert_eq!(count.to_string(), text);
        assert_eq!(Count::<10>::try_from(number), Ok(count));
    }
    for number in [0, 11, u32::MAX] {
        let error = "it must be from 1 to 10".to_owned();
        assert_eq!(number.to_string().parse::<Count<10>>(), Err(error.clone()));
        assert_eq!(Count::<10>::try_from(number), Err(error));
    }
    for text in ["", " 1", "-1", "1.5", "one", "0x1", "4294967296"] {
        let error = "a number from 1 to 10 is wanted".to_owned();
        assert_eq!(text.parse::<Count<10>>(), Err(error), "{text:?}");
    }
}

#[test]
fn patience_goes_from_a_millisecond_to_a_day() {
    for (text, time) in [
        ("1ms", Duration::from_millis(1)),
        ("90s", Duration::from_secs(90)),
        ("1m 30s", Duration::from_secs(90)),
        ("1day", MOST_PATIENCE),
        ("24h", MOST_PATIENCE),
    ] {
        let patience: Patience = text.parse().expect(text);
        assert_eq!(patience.get(), time);
        assert_eq!(Patience::try_from(time), Ok(patience));
        assert_eq!(patience.to_string().parse(), Ok(patience), "{text}");
    }
    for text in ["0s", "999us", "1day 1ns", "2days"] {
        let error = "it must be from 1ms to 1day".to_owned();
        assert_eq!(text.parse::<Patience>(), Err(error), "{text:?}");
    }
    for text in ["", "90", "s", "-1s", "soon"] {
        let error = "a time with its unit is wanted, like 90s".to_owned();
        assert_eq!(text.parse::<Patience>(), Err(error), "{text:?}");
    }
}

#[test]
fn so_many_seconds_are_a_second_at_least_and_a_day_at_most() {
    assert_eq!(Patience::from_secs(1).get(), Duration::from_secs(1));
    assert_eq!(Patience::from_secs(86_400).get(), MOST_PATIENCE);
    for seconds in [0, 86_401] {
        let made = std::panic::catch_unwind(|| Patience::from_secs(seconds));
        assert!(made.is_err(), "{seconds} seconds");
    }
}

/// They are written down unchecked.
#[test]
fn the_defaults_are_within_the_bounds() {
    for clients in [DEFAULTS.clients, DEFAULTS.per_address] {
        assert_eq!(Count::try_from(clients.get()), Ok(clients));
    }
    let line = DEFAULTS.longest_line;
    assert_eq!(Count::try_from(line.get()), Ok(line));
    for time in [DEFAULTS.idle, DEFAULTS.line_time, DEFAULTS.write_time] {
        assert_eq!(Patience::try_from(time.get()), Ok(time));
    }
    assert_eq!(limits(&[]), Ok(DEFAULTS));
    assert_eq!(toml::from_str(""), Ok(DEFAULTS));
}

/// The sum in the words on the defaults.
#[cfg(unix)]
#[test]
fn the_defaults_fit_into_the_files_of_most_systems() {
    let clients = u64::from(DEFAULTS.clients.get());
    assert_eq!(clients + DOORSTEP as u64 + OWN_FILES, 1024);
}

#[test]
fn each_option_sets_its_own_limit() {
    let one = "1".parse().unwrap();
    let limit = limits(&["--clients", "1"]).unwrap();
    assert_eq!(
        limit,
        Limits {
            clients: one,
            ..DEFAULTS
        }
    );
    let per_address = one;
    let limit = limits(&["--per-address", "1"]).unwrap();
    assert_eq!(
        limit,
        Limits {
            per_address,
            ..DEFAULTS
        }
    );
    let longest_line = "1".parse().unwrap();
    let limit = limits(&["--longest-line", "1"]).unwrap();
    assert_eq!(
        limit,
        Limits {
            longest_line,
            ..DEFAULTS
        }
    );
    let time = Patience::from_secs(1);
    let limit = limits(&["--idle", "1s"]).unwrap();
    assert_eq!(
        limit,
        Limits {
            idle: time,
            ..DEFAULTS
        }
    );
    let limit = limits(&["--line-time", "1s"]).unwrap();
    assert_eq!(
        limit,
        Limits {
            line_time: time,
            ..DEFAULTS
        }
    );
    let limit = limits(&["--write-time", "1s"]).unwrap();
    assert_eq!(
        limit,
        Limits {
            write_time: time,
            ..DEFAULTS
        }
    );
}

#[test]
fn a_file_is_held_to_the_same_bounds() {
    let limits: Limits = toml::from_str("clients = 1\nidle = '1s'").unwrap();
    assert_eq!((limits.clients.get(), limits.idle.0.as_secs()), (1, 1));
    for text in [
        "clients = 0",
        "per-address = 100_001",
        "longest-line = 1_048_577",
        "idle = '0s'",
        "line-time = '2days'",
        "write-time = 10",
        "patience = '1s'",
    ] {
        assert!(toml::from_str::<Limits>(text).is_err(), "{text}");
    }
}
