use std::{io::Write, time::Duration};

use tempfile::NamedTempFile;

use super::*;

fn read(settings: &[u8]) -> anyhow::Result<Settings> {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(settings).unwrap();
    Settings::read(file.path())
}

fn settings(text: &str) -> Settings {
    read(text.as_bytes()).unwrap()
}

/// What a person is told about a file, which must name it.
#[track_caller]
fn complaint(text: &[u8]) -> String {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text).unwrap();
    let error = Settings::read(file.path()).unwrap_err();
    let complaint = format!("{error:#}");
    let place = format!("in {}: ", file.path().display());
    let what = complaint.strip_prefix(&place).expect(&complaint);
    what.to_owned()
}

#[test]
fn everything_has_a_default() {
    let defaults = settings("");
    assert_eq!(defaults, Settings::default());
    assert_eq!(defaults.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(defaults.metrics.to_string(), "127.0.0.1:9000");
    assert_eq!(defaults.log, Format::Human);
    assert_eq!(defaults.grace.get(), Duration::from_secs(10));
    assert_eq!(defaults.limits, Limits::default());
    assert_eq!(settings("# nothing\n\n[limits]\n"), defaults);
}

#[test]
fn everything_can_be_set() {
    let all = settings(
        "listen = '[::]:7'
         metrics = '192.0.2.1:9'
         log = 'json'
         grace = '1m 30s'
         [limits]
         clients = 100_000
         per-address = 1
         longest-line = 1048576
         idle = '1ms'
         line-time = '1day'
         write-time = '1500ms'",
    );
    assert_eq!(all.listen.to_string(), "[::]:7");
    assert_eq!(all.metrics.to_string(), "192.0.2.1:9");
    assert_eq!(all.log, Format::Json);
    assert_eq!(all.grace.get(), Duration::from_secs(90));
    assert_eq!(all.limits.clients.get(), 100_000);
    assert_eq!(all.limits.per_address.get(), 1);
    assert_eq!(all.limits.longest_line.get(), 1024 * 1024);
    assert_eq!(all.limits.idle.get(), Duration::from_millis(1));
    assert_eq!(all.limits.line_time.get(), Duration::from_secs(86_400));
    assert_eq!(all.limits.write_time.get(), Duration::from_millis(1500));
}

#[test]
fn what_is_not_set_keeps_its_default() {
    let one = settings("[limits]\nclients = 7\n");
    assert_eq!(one.limits.clients.get(), 7);
    let clients = one.limits.clients;
    let others = Limits {
        clients,
        ..Limits::default()
    };
    assert_eq!(one.limits, others);
}

/// Each with the line in which it stands, and a word of what is wrong.
#[test]
fn what_makes_no_sense_is_told_with_its_line() {
    for (line, named) in [
        ("lisen = '127.0.0.1:0'", "unknown field `lisen`"),
        ("listen = 'localhost:8000'", "socket address"),
        ("listen = '127.0.0.1'", "socket address"),
        ("listen = 8000", "expected"),
        ("log = 'loud'", "unknown variant `loud`"),
        ("grace = 10", "expected"),
        ("grace = '10'", "a time with its unit is wanted, like 90s"),
        ("grace = 'soon'", "a time with its unit is wanted, like 90s"),
        ("grace = '0s'", "it must be from 1ms to 1day"),
        ("grace = '2days'", "it must be from 1ms to 1day"),
        ("limits.clients = 0", "it must be from 1 to 100000"),
        ("limits.clients = 100001", "it must be from 1 to 100000"),
        ("limits.clients = -1", "invalid value"),
        ("limits.clients = 5000000000", "invalid value"),
        ("limits.clients = '5'", "expected"),
        ("limits.clients = 1.5", "expected"),
        ("limits.per_address = 5", "unknown field `per_address`"),
        (
            "limits.longest-line = 1048577",
            "it must be from 1 to 1048576",
        ),
        ("limits.idle = '90'", "a time with its unit is wanted"),
        ("limits = 5", "expected"),
        ("listen", "expected"),
        ("grace = '1s'\ngrace = '2s'", "duplicate key"),
    ] {
        let told = complaint(format!("# first\n\n{line}\n").as_bytes());
        let number = 2 + line.lines().count();
        assert!(told.contains(&format!("line {number}")), "{line}: {told}");
        assert!(told.contains(named), "{line}: {told}");
        let shown = line.lines().next_back().unwrap();
        assert!(told.contains(shown), "{line}: {told}");
    }
}

#[test]
fn what_is_no_text_is_an_error() {
    let told = complaint(b"listen = '\xff'\n");
    assert!(told.starts_with("it is no UTF-8: "), "{told}");
}

#[test]
fn the_largest_settings_are_read_and_larger_ones_are_not() {
    let mut text = "#".repeat(64 * 1024 - 1) + "\n";
    assert_eq!(settings(&text), Settings::default());
    text.push('\n');
    let told = complaint(text.as_bytes());
    assert_eq!(told, "it is larger than 65536 bytes");
}

/// The limit may fall into the middle of a letter.
#[test]
fn settings_in_any_language_can_be_too_large() {
    for before in ["", "#", "##"] {
        let text = before.to_owned() + &"ü".repeat(64 * 1024);
        let told = complaint(text.as_bytes());
        assert_eq!(told, "it is larger than 65536 bytes");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Settings::read(Path::new("not/there.toml")).unwrap_err();
    let told = format!("{error:#}");
    assert!(told.starts_with("in not/there.toml: "), "{told}");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_of_settings_is_refused() {
    let told = |path| {
        let error = Settings::read(Path::new(path)).unwrap_err();
        format!("{error:#}")
    };
    let zero = told("/dev/zero");
    assert_eq!(zero, "in /dev/zero: it is larger than 65536 bytes");
    let folder = told("/");
    assert!(folder.starts_with("in /: Is a directory"), "{folder}");
    assert_eq!(
        Settings::read(Path::new("/dev/null")).unwrap(),
        Settings::default()
    );
}

/// A file of the project.
fn file(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(root.join(name)).unwrap()
}

/// The names that serde knows, which it lists when it meets another one.
fn known(table: &str) -> Vec<String> {
    let nonsense = format!("{table}\nnonsense = 1");
    let error = toml::from_str::<Settings>(&nonsense).unwrap_err();
    let (_, names) = error.message().split_once("expected one of ").unwrap();
    let names = names.split(", ").map(|name| name.trim_matches('`'));
    names.map(str::to_owned).collect()
}

#[test]
fn the_file_that_the_page_shows_has_every_setting_with_its_default() {
    let text = file("echod.toml");
    assert_eq!(toml::from_str(&text), Ok(Settings::default()));
    let all: toml::Table = text.parse().unwrap();
    for name in known("") {
        assert!(all.contains_key(&name), "{name}");
    }
    for name in known("[limits]") {
        assert!(all["limits"].get(&name).is_some(), "{name}");
    }
}

#[test]
fn the_settings_of_the_container_make_sense() {
    let text = file("deploy/container.toml");
    let settings: Settings = toml::from_str(&text).unwrap();
    // Docker waits for 10 seconds, and the last words take one.
    assert!(settings.grace.get() <= std::time::Duration::from_secs(8));
    assert!(settings.listen.ip().is_unspecified());
    assert!(settings.metrics.ip().is_loopback());
}
