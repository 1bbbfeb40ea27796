use std::time::Instant;

use clap::Parser;
use serde_json::json;

use super::*;

/// A hundred echoes took 1 to 100 milliseconds, within a second.
fn hundred() -> Tally {
    let mut tally = Tally::new().unwrap();
    let start = Instant::now();
    tally.begin(start);
    tally.pending = 100;
    for number in 1..=100 {
        let time = Duration::from_millis(number);
        tally.echo(start, start + time);
    }
    tally
}

fn report(tally: &Tally, seconds: u64) -> Load {
    let args = Args::parse_from(["load", "--rate", "50"]);
    Load::new(&args, tally, Duration::from_secs(seconds))
}

#[test]
fn the_line_has_what_was_counted_and_nothing_else() {
    let mut tally = hundred();
    (tally.wrong, tally.lost, tally.unanswered) = (1, 2, 3);
    let load = Report::Load(report(&tally, 2));
    let mut json = serde_json::to_value(&load).unwrap();
    json["nanoseconds"] = json!(null);
    json["curve"] = json!(null);
    let expected = json!({
        "kind": "load", "connections": 50, "size": 64, "pipeline": 1,
        "rate": 50, "seconds": 2.0, "echoes": 100, "per_second": 50.0,
        "computed": null, "nanoseconds": null, "curve": null,
        "wrong": 1, "lost": 2, "unanswered": 3, "warm_up": 0,
    });
    assert_eq!(json, expected);
}

#[test]
fn what_comes_late_does_not_lower_the_rate() {
    let mut tally = hundred();
    tally.close(Duration::ZERO);
    tally.pending = 1;
    let asked = Instant::now();
    tally.echo(asked, asked + Duration::from_secs(3));
    let load = report(&tally, 1);
    assert_eq!((load.per_second, load.echoes), (100.0, 101));
}

#[test]
fn times_are_true_to_a_thousandth() {
    let load = report(&hundred(), 1);
    let Times {
        p50,
        p90,
        p99,
        p99_9,
        max,
    } = load.nanoseconds;
    let times = [p50, p90, p99, p99_9, max];
    for (time, wanted) in times.into_iter().zip([50, 90, 99, 100, 100]) {
        let wanted = wanted * 1_000_000;
        assert!((wanted..=wanted + wanted / 1000).contains(&time), "{time}");
    }
    assert_eq!(load.curve.len(), 13);
}

#[test]
fn the_time_to_the_last_echo_counts() {
    let mut tally = Tally::new().unwrap();
    let start = Instant::now();
    tally.begin(start);
    tally.pending = 1;
    tally.echo(start, start + Duration::from_secs(4));
    assert_eq!(report(&tally, 2).seconds, 4.0);
    assert_eq!(report(&tally, 2).per_second, 0.25);
    assert_eq!(report(&tally, 5).seconds, 5.0);
}

#[test]
fn what_was_given_up_counts_among_the_times() {
    let mut tally = hundred();
    let start = Instant::now();
    let hour = Duration::from_secs(3600);
    tally.give_up(start, start + Duration::from_secs(60), 100);
    let load = report(&tally, 1);
    assert_eq!((load.echoes, load.unanswered), (100, 100));
    assert!(load.nanoseconds.p50 < 101_000_000);
    assert!(load.nanoseconds.p90 >= 60_000_000_000);
    // Longer than any load lasts, and still no less than the longest.
    tally.give_up(start, start + hour, 1);
    assert!(report(&tally, 1).nanoseconds.max >= 2_400_000_000_000);
}

#[test]
fn the_table_is_for_people() {
    let table = Report::Load(report(&hundred(), 1)).to_string();
    let expected = "\
echoes a second         100
p50                  50.004 ms
p90                  90.046 ms
p99                  99.025 ms
p99.9               100.008 ms
max                 100.008 ms
wrong clients             0
lost clients              0
unanswered                0
";
    assert_eq!(table, expected);
}

#[test]
fn what_the_load_itself_has_cost_is_a_share_of_its_time() {
    let mut tally = hundred();
    tally.close(Duration::from_millis(1500));
    let load = report(&tally, 2);
    assert_eq!(load.computed, Some(1.5));
    let table = Report::Load(load).to_string();
    assert_eq!(table.lines().last(), Some("its processor            75 %"));
}

#[test]
fn a_sentence_is_enough_for_clients_that_come() {
    let (asked, seconds, lost) = (3, 0.25, 1);
    let idle = Idle {
        asked,
        open: 2,
        seconds,
        lost,
    };
    let line = "2 of 3 are open after 0.250 s\n";
    assert_eq!(Report::Idle(idle).to_string(), line);
    let storm = Storm {
        asked,
        served: 2,
        seconds,
        lost,
    };
    let line = "2 of 3 were served in 0.250 s\n";
    assert_eq!(Report::Storm(storm).to_string(), line);
}
