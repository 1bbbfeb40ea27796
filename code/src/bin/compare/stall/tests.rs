use super::*;
use crate::{loader::Times, words::tests::setting};

pub fn echoes(echoes: u64, curve: &[(f64, u64)]) -> Echoes {
    Echoes {
        seconds: 3.0,
        computed: None,
        echoes,
        warm_up: 0,
        per_second: 1.0,
        nanoseconds: Times { p50: 1, p99: 1 },
        curve: curve.to_vec(),
        wrong: 0,
        lost: 0,
        unanswered: 0,
    }
}

pub fn stall() -> Stall {
    let closed = [(0.0, 9_000), (99.9, 2_000_000), (100.0, 1_000_000_000)];
    let open = [(0.0, 9_500), (99.9, 990_000_000), (100.0, 1_010_000_000)];
    Stall {
        server: "`tuned`",
        third: Duration::from_secs(1),
        closed: echoes(200_000, &closed),
        scheduled: echoes(15_000, &open),
    }
}

#[test]
fn both_kinds_of_clients_are_side_by_side() {
    let text = table(&stall(), &setting()).replace('\u{a0}', " ");
    let rows: Vec<_> = text.lines().skip(2).take(4).collect();
    assert_eq!(
        rows,
        [
            "| the fastest | 9.0 µs | 9.5 µs |",
            "| 99.9 % take at most | 2.0 ms | 990 ms |",
            "| the slowest | 1.00 s | 1.01 s |",
            "| echoes | 200,000 | 15,000 |",
        ]
    );
    assert!(text.contains("\n\nMeasured on a machine. "), "{text}");
}

#[test]
fn the_drawing_says_each_figure_of_the_table() {
    let (svg, text) = (drawing(&stall()), table(&stall(), &setting()));
    for figure in ["9.0 µs", "9.5 µs", "2.0 ms", "990 ms", "1.01 s"] {
        let figure = figure.replace(' ', "\u{a0}");
        let figure = figure.as_str();
        assert!(svg.contains(figure) && text.contains(figure), "{figure}");
    }
    assert_eq!(svg.matches("<polyline ").count(), 2, "{svg}");
    assert_eq!(svg, drawing(&stall()));
}
