use super::{
    Column, memory_column, middle_column, short_talk_columns, size, table,
    talk_columns, time, time_columns,
};
use crate::figures::{
    Figures,
    tests::{figures, opening},
};

fn measured() -> Vec<Figures> {
    vec![
        figures("C", &[100_000.0, 80_000.0, 90_000.0]),
        figures("Go", &[40_000.0, 50_000.0, 45_000.0]),
    ]
}

fn open_columns() -> Vec<Column> {
    let mut columns: Vec<_> = time_columns(10_000).into();
    columns.push(memory_column());
    columns
}

/// The rows below the head. A figure and its unit stay together on a page.
fn rows(table: &str) -> Vec<String> {
    let rows = table.lines().skip(2);
    rows.map(|row| row.replace('\u{a0}', " ")).collect()
}

#[test]
fn a_row_has_best_and_median_and_is_compared_with_the_first() {
    let text = table("server", &talk_columns(50, "C"), &measured());
    assert_eq!(
        rows(&text),
        [
            "| C | 100,000 | 1.00 | 1.00 | 22.2 µs | 10.0 µs | 25 % | 88 % |",
            "| Go | 50,000 | 0.50 | 0.50 | 44.4 µs | 20.0 µs | 25 % | 88 % |",
        ]
    );
    assert!(text.contains("| of C | in a round |"), "{text}");
}

#[test]
fn each_number_of_clients_has_its_own_figures() {
    let text = table("knob", &short_talk_columns(1000), &measured());
    assert_eq!(
        rows(&text),
        [
            "| C | 50,000 | 1.00 | 44.4 µs |",
            "| Go | 25,000 | 0.50 | 88.9 µs |",
        ]
    );
    assert!(
        text.contains("| 1,000 clients: echoes a second |"),
        "{text}"
    );
}

#[test]
fn the_echo_in_the_middle_is_that_of_the_round_in_the_middle() {
    let text = table("knob", &[middle_column(50)], &measured());
    assert_eq!(rows(&text), ["| C | 11.1 µs |", "| Go | 22.2 µs |"]);
}

#[test]
fn who_lets_only_some_in_has_no_time_for_all() {
    let mut all = measured();
    all[1].openings = vec![opening(9_123, 60.0)];
    let text = table("server", &open_columns(), &all);
    assert_eq!(
        rows(&text),
        [
            "| C | 250 ms | 375 ms | 0.75 KiB |",
            "| Go | only 9,123 | 60.00 s | 120.0 KiB |",
        ]
    );
}

#[test]
fn what_was_not_measured_has_a_dash() {
    let mut columns = talk_columns(50, "C");
    columns.extend(open_columns());
    let text = table("server", &columns, &[Figures::new("C")]);
    assert_eq!(rows(&text), [format!("| C |{}", " – |".repeat(10))]);
}

#[test]
fn units_fit_the_figure() {
    let times = [740.0, 99_900.0, 123_400.0, 1.26e6, 2.5e8, 1.5e9];
    let times = times.map(|one| time(Some(one)).replace('\u{a0}', " "));
    let wanted = ["0.7 µs", "99.9 µs", "123 µs", "1.3 ms", "250 ms", "1.50 s"];
    assert_eq!(times, wanted);
    assert_eq!(size(Some(1536.0)), "1.5\u{a0}KiB");
}

#[test]
fn the_unit_fits_the_figure_that_is_written() {
    for (nanoseconds, wanted) in [
        (99_949.0, "99.9 µs"),
        (99_950.0, "100 µs"),
        (999_499.0, "999 µs"),
        (999_500.0, "1.0 ms"),
        (99.949e6, "99.9 ms"),
        (99.95e6, "100 ms"),
        (999.499e6, "999 ms"),
        (999.5e6, "1.00 s"),
    ] {
        let written = time(Some(nanoseconds)).replace('\u{a0}', " ");
        assert_eq!(written, wanted, "{nanoseconds}");
    }
}
