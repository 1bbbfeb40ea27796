use super::{APART, BOTTOM, Curve, TOP, Words, apart, plot};

fn curve(name: &str, points: &[(f64, f64)]) -> Curve {
    Curve {
        name: name.to_owned(),
        early_end: None,
        dashes: None,
        points: points.to_vec(),
    }
}

fn drawn(curves: &[Curve]) -> String {
    let words = Words {
        id: "some",
        title: "Some curves",
        description: "They go up.".to_owned(),
        across: "lines",
        upwards: "MiB",
    };
    plot(curves, &words)
}

/// Where a text begins or ends, from above.
fn height(svg: &str, text: &str) -> f64 {
    let end = svg.find(&format!(">{text}</text>")).expect(text);
    let (_, y) = svg[..end].rsplit_once(" y=\"").unwrap();
    y.split_once('"').unwrap().0.parse().unwrap()
}

#[test]
fn equal_figures_give_equal_drawings() {
    let curves = || [curve("a", &[(0.0, 3.3), (100_000.0, 17.7)])];
    assert_eq!(drawn(&curves()), drawn(&curves()));
    let other = [curve("a", &[(0.0, 3.3), (100_000.0, 17.2)])];
    assert_ne!(drawn(&curves()), drawn(&other));
}

#[test]
fn a_curve_goes_through_its_figures() {
    let svg = drawn(&[curve("a", &[(0.0, 5.0), (50.0, 10.0), (100.0, 20.0)])]);
    // From (46, 212), where both are zero, to (398, 32) for 100 and 20.
    let wanted = "points=\"46.0,167.0 222.0,122.0 398.0,32.0\"";
    assert!(svg.contains(wanted), "{svg}");
}

#[test]
fn the_axes_end_at_round_numbers() {
    let svg = drawn(&[curve("a", &[(0.0, 4.0), (100_000.0, 17.1)])]);
    for number in ["0", "5", "10", "15", "20", "50,000", "100,000"] {
        assert!(
            svg.contains(&format!(">{number}</text>")),
            "{number}: {svg}"
        );
    }
    assert!(!svg.contains(">25</text>"), "{svg}");
}

#[test]
fn names_at_the_right_edge_do_not_touch() {
    let end = |y| [(0.0, 4.0), (100.0, y)];
    let svg = drawn(&[
        curve("a", &end(5.1)),
        curve("b", &end(20.0)),
        curve("c", &end(5.2)),
        curve("d", &end(5.15)),
    ]);
    let heights = ["b", "c", "d", "a"].map(|name| height(&svg, name));
    assert!(
        heights.is_sorted_by(|one, next| one + APART <= *next),
        "{svg}"
    );
}

#[test]
fn names_stay_within_the_drawing_wherever_the_curves_end() {
    let low = apart(vec![TOP, BOTTOM - 1.0, BOTTOM, BOTTOM]);
    assert_eq!(low, [TOP, BOTTOM - 2.0 * APART, BOTTOM - APART, BOTTOM]);
    let high = apart(vec![TOP, TOP, TOP + 1.0, BOTTOM]);
    assert_eq!(high, [TOP, TOP + APART, TOP + 2.0 * APART, BOTTOM]);
}

#[test]
fn a_curve_that_ends_early_says_so_where_it_ends() {
    let early = Curve {
        early_end: Some("it stops"),
        ..curve("b", &[(0.0, 10.0), (50.0, 10.0)])
    };
    let svg = drawn(&[curve("a", &[(0.0, 4.0), (100.0, 20.0)]), early]);
    assert!(svg.contains("<line x1=\"222.0\""), "{svg}");
    assert!(svg.contains("x=\"222.0\" y=\"146.0\""), "{svg}");
    assert!(svg.contains(">b: it stops</text>"), "{svg}");
}

#[test]
fn a_drawing_is_for_any_theme_and_any_reader() {
    let svg = drawn(&[curve("a", &[(0.0, 4.0), (100.0, 20.0)])]);
    assert!(svg.starts_with("<svg class=\"drawing\""), "{svg}");
    assert!(svg.contains("<title id=\"some-title\">Some curves</title>"));
    assert!(svg.contains("<desc id=\"some-desc\">They go up.</desc>"));
    assert!(!svg.contains('#'), "it has colours of its own: {svg}");
}
