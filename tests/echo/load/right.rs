use serde_json::Value;

use super::{
    load, patient,
    servers::{Fake, byte_by_byte, echo},
    short,
};
use crate::support::{Server, within};

#[tokio::test]
async fn a_server_that_echoes_is_found_right() {
    let server = Fake::start(|socket, _| echo(socket)).await;
    for options in [
        "--size 1 --connections 3",
        "--size 77 --pipeline 5",
        "--size 100000 --pipeline 2",
        // More than the system takes at once.
        "--size 1048576 --pipeline 8 --connections 2",
    ] {
        let options: Vec<_> = options.split(' ').collect();
        short(&server, &options).await.assert_fine();
    }
    let server = Fake::start(|socket, _| byte_by_byte(socket)).await;
    short(&server, &[]).await.assert_fine();
    short(&server, &["--rate", "500"]).await.assert_fine();
}

#[tokio::test]
async fn the_book_s_own_server_is_found_right() {
    let server = Server::start().await;
    let options = ["--duration", "100ms", "--pipeline", "3"];
    patient(server.addr(), &options).await.assert_fine();
    server.stop().await;
}

#[tokio::test]
async fn what_was_measured_is_one_line_of_json() {
    let server = Fake::start(|socket, _| echo(socket)).await;
    let outcome = short(&server, &["--connections", "3"]).await;
    let json = &outcome.json;
    assert_eq!(json["kind"], "load");
    for (what, count) in [("connections", 3), ("size", 64), ("pipeline", 1)] {
        assert_eq!(outcome.count(what), count);
    }
    assert_eq!(json["rate"], Value::Null);
    let [seconds, rate] =
        ["seconds", "per_second"].map(|what| json[what].as_f64().unwrap());
    assert!(seconds >= 0.1, "{seconds}");
    let computed = json["computed"].as_f64().unwrap();
    // The clocks of the two may differ by a moment of the scheduler's.
    assert!(computed > 0.0 && computed < seconds * 1.5, "{json}");
    let echoes = outcome.count("echoes") as f64;
    // The last message of each client may be answered after the time is up.
    let late = echoes - rate * seconds;
    assert!((-0.5..=3.5).contains(&late), "{json}");

    let times = ["p50", "p90", "p99", "p99_9", "max"];
    assert!(times.map(|which| outcome.time(which)).is_sorted(), "{json}");
    let curve: Vec<(f64, u64)> =
        serde_json::from_value(json["curve"].clone()).unwrap();
    assert_eq!(curve.len(), 13);
    assert!(curve.is_sorted() && curve[0].1 > 0, "{curve:?}");
    assert_eq!(curve[3], (50.0, outcome.time("p50").as_nanos() as u64));
    assert_eq!(curve[12], (100.0, outcome.time("max").as_nanos() as u64));
}

#[tokio::test]
async fn without_json_there_is_a_table() {
    let server = Fake::start(|socket, _| echo(socket)).await;
    let mut load = load(server.addr, &["--duration", "100ms"]);
    let output = within("the load's end", load.output()).await.unwrap();
    let table = String::from_utf8(output.stdout).unwrap();
    let names = [
        "echoes a second",
        "p50",
        "p90",
        "p99",
        "p99.9",
        "max",
        "wrong clients",
        "lost clients",
        "unanswered",
        "its processor",
    ];
    assert_eq!(table.lines().count(), names.len(), "{table}");
    for (line, name) in table.lines().zip(names) {
        assert!(line.starts_with(&format!("{name} ")), "{table}");
    }
    assert_eq!(output.stderr, b"");
}

#[tokio::test]
async fn as_many_messages_are_sent_as_the_schedule_has() {
    let server = Fake::start(|socket, _| echo(socket)).await;
    let options = ["--rate", "1000", "--duration", "300ms"];
    let outcome = patient(server.addr, &options).await;
    outcome.assert_fine();
    assert_eq!(outcome.count("echoes"), 300, "{outcome:#?}");
    assert_eq!(outcome.count("rate"), 1000);
    assert_eq!(outcome.json["computed"], Value::Null);
}
