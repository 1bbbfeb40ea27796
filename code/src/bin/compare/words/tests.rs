use super::*;

pub fn setting() -> Setting {
    Setting {
        rounds: 8,
        openings: 3,
        time: Duration::from_millis(500),
        clients: vec![50, 1000],
        idle: 10_000,
        cores: None,
        machine: "a machine".to_owned(),
        missing: String::new(),
        failures: Vec::new(),
    }
}

#[test]
fn what_is_missing_or_failed_is_said_below() {
    let all_well = setting().of_servers();
    assert!(!all_well.contains("wrong"), "{all_well}");
    let setting = Setting {
        missing: "Not installed here: Go.".to_owned(),
        failures: vec!["Node, 50 clients: lost".to_owned()],
        ..setting()
    };
    let text = setting.of_servers();
    let wanted = "\n\nNot installed here: Go.\n\nWhat went wrong: Node, \
                  50 clients: lost.\n\nMeasured on a machine. Yours: `cargo run --release \
                  --bin compare -- --only compare`.\n";
    assert!(text.ends_with(wanted), "{text}");
}

#[test]
fn it_is_said_whether_each_has_its_processor() {
    let alone = Setting {
        cores: Some(Cores { server: 0, load: 1 }),
        ..setting()
    };
    assert!(
        alone
            .of_servers()
            .starts_with("The server and the clients have")
    );
    assert!(
        setting()
            .of_servers()
            .starts_with("Nothing keeps the server")
    );
}
